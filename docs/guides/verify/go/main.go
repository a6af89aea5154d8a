// A receiver of Ringback's webhooks. Go 1.18 or newer, standard library only: go run main.go
// RINGBACK_WEBHOOK_SECRET: one or more secrets, with blanks between. PORT: where it listens, 0 for any free port.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	tolerance = 300
	mostBytes = 1024 * 1024
)

var secrets = strings.Fields(os.Getenv("RINGBACK_WEBHOOK_SECRET"))

// guide:begin

// verify says whether Ringback has sent this body, and not long ago.
func verify(headers http.Header, body []byte) bool {
	id, timestamp := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || err != nil || math.Abs(float64(time.Now().Unix()-seconds)) > tolerance {
		return false
	}
	// Several secrets and several signatures: one pair that fits is enough. That is how secrets are rotated.
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			continue
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.", id, timestamp)
		mac.Write(body)
		expected := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
		for _, given := range strings.Split(headers.Get("webhook-signature"), " ") {
			if hmac.Equal(expected, []byte(given)) {
				return true
			}
		}
	}
	return false
}

// guide:end

// seen has the newest ids that were handled; a database with a unique key does this better, and across restarts.
var (
	lock  sync.Mutex
	seen  = map[string]bool{}
	order []string
)

func firstTime(id string) bool {
	lock.Lock()
	defer lock.Unlock()
	if seen[id] {
		return false
	}
	seen[id] = true
	order = append(order, id)
	if len(order) > 10000 {
		delete(seen, order[0])
		order = order[1:]
	}
	return true
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func receive(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		answer(w, http.StatusMethodNotAllowed, map[string]string{"error": "POST only"})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBytes))
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, map[string]string{"error": "too large"})
		return
	}
	if !verify(r.Header, body) {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "not signed by Ringback"})
		return
	}
	type call struct{ CallId string }
	var event struct {
		CallbackCommand, CallId string
		CallInfo, CallRecord    call
	}
	if err := json.Unmarshal(body, &event); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "not JSON"})
		return
	}
	id := r.Header.Get("webhook-id")
	if firstTime(id) {
		fmt.Println(id, event.CallbackCommand, event.CallId+event.CallInfo.CallId+event.CallRecord.CallId)
	} else {
		fmt.Println("duplicate", id)
	}
	answer(w, http.StatusOK, map[string]any{"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0})
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	fmt.Println("listening on", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, http.HandlerFunc(receive)))
}
