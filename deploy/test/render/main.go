// Renders the templates of a Helm chart without Helm, for its tests: text/template with the functions of sprig, as Helm
// has them, and those of Helm's own that the chart uses. Any other is an error.
//
// In:  {"chart": "<folder>", "sets": {"<name>": {values}}} on standard input, the values as they are after merging.
// Out: {"<name>": {"<template>": "<text>"} or {"error": "<sentence>"}}.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

type input struct {
	Chart string
	Sets  map[string]map[string]interface{}
}

func main() {
	var given input
	// Numbers become floating point, which is what Helm's reader of values makes of them.
	check(json.NewDecoder(os.Stdin).Decode(&given))
	var chart map[string]interface{}
	text, err := os.ReadFile(filepath.Join(given.Chart, "Chart.yaml"))
	check(err)
	check(yaml.Unmarshal(text, &chart))
	out := map[string]map[string]string{}
	for name, values := range given.Sets {
		rendered, err := render(given.Chart, chart, values)
		if err != nil {
			rendered = map[string]string{"error": err.Error()}
		}
		out[name] = rendered
	}
	check(json.NewEncoder(os.Stdout).Encode(out))
}

func render(folder string, chart, values map[string]interface{}) (map[string]string, error) {
	root := template.New("chart").Option("missingkey=error")
	functions := sprig.TxtFuncMap()
	// As Helm does: templates must not see the machine that they are rendered on.
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["include"] = func(name string, data interface{}) (string, error) {
		var text bytes.Buffer
		err := root.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	functions["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	functions["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(whole(value))
		return strings.TrimSuffix(string(text), "\n"), err
	}
	root.Funcs(functions)
	paths, err := filepath.Glob(filepath.Join(folder, "templates", "*"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if _, err := root.New(filepath.Base(path)).Parse(string(text)); err != nil {
			return nil, err
		}
	}
	named := map[string]interface{}{}
	for key, value := range chart {
		named[strings.ToUpper(key[:1])+key[1:]] = value
	}
	data := map[string]interface{}{
		"Values":  values,
		"Chart":   named,
		"Release": map[string]interface{}{"Name": "calls", "Namespace": "telephony", "Service": "Helm", "Revision": 1},
	}
	out := map[string]string{}
	for _, path := range paths {
		name := filepath.Base(path)
		if strings.HasPrefix(name, "_") {
			continue
		}
		var text bytes.Buffer
		if err := root.ExecuteTemplate(&text, name, data); err != nil {
			return nil, err
		}
		out[name] = text.String()
	}
	return out, nil
}

// Whole numbers as such, as Helm's writer spells them.
func whole(value interface{}) interface{} {
	switch one := value.(type) {
	case float64:
		if one == float64(int64(one)) {
			return int64(one)
		}
	case map[string]interface{}:
		copied := map[string]interface{}{}
		for key, inner := range one {
			copied[key] = whole(inner)
		}
		return copied
	case []interface{}:
		copied := make([]interface{}, len(one))
		for at, inner := range one {
			copied[at] = whole(inner)
		}
		return copied
	}
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
