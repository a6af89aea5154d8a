// A receiver of Ringback's webhooks. Go 1.19 or newer, standard library only: go run main.go
// RINGBACK_WEBHOOK_SECRET: one secret, or several with blanks between while you rotate. PORT: 0 for any free one.
// RINGBACK_SDKAPPID: your application, when there is more than one.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// guide:begin

// keysOf gives the keys of whsec_… secrets. A key is what the base64 says, not the text of the secret.
func keysOf(secrets string) (keys [][]byte) {
	for _, secret := range strings.Fields(secrets) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil || len(key) < 24 { // With an empty key anybody could sign.
			log.Fatal("A secret is whsec_ and the base64 of 24 to 64 bytes.")
		}
		keys = append(keys, key)
	}
	return keys
}

// verify says whether Ringback signed this, at most five minutes ago. body is the bytes as they came, not yet parsed.
func verify(header http.Header, body []byte, keys [][]byte) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseUint(timestamp, 10, 40)
	age := time.Since(time.Unix(int64(seconds), 0))
	if id == "" || err != nil || age > 5*time.Minute || age < -5*time.Minute {
		return false
	}
	// During a rotation there are several signatures, and here several keys: one pair that fits is enough.
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
		expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
		for _, given := range strings.Fields(header.Get("webhook-signature")) {
			if hmac.Equal([]byte(expected), []byte(given)) {
				return true
			}
		}
	}
	return false
}

// guide:end

var (
	keys  = keysOf(os.Getenv("RINGBACK_WEBHOOK_SECRET"))
	appID = os.Getenv("RINGBACK_SDKAPPID")
	lock  sync.Mutex
	seen  = map[string]bool{}
	ring  [10_000]string // The ids in seen; the oldest makes room.
	next  int
)

// isFirst keeps the newest ids. Yours belong into a database, in one transaction with what you make of the event.
func isFirst(id string) bool {
	lock.Lock()
	defer lock.Unlock()
	if seen[id] {
		return false
	}
	delete(seen, ring[next])
	seen[id], ring[next], next = true, id, (next+1)%len(ring)
	return true
}

// receive gives the status of the answer and, unless it is 200, what is wrong.
func receive(r *http.Request) (status int, info string) {
	const maxBody = 1024 * 1024
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	var event struct {
		CallbackCommand, CallId string
		CallInfo, CallRecord    struct{ CallId string }
	}
	switch {
	case r.Method != http.MethodPost:
		return 405, "use POST"
	case len(body) > maxBody:
		return 413, "the body is too long"
	case err != nil || !verify(r.Header, body, keys):
		return 401, "the signature or the time is wrong"
	case appID != "" && appID != r.URL.Query().Get("SdkAppid"):
		return 403, "this is another application"
	case json.Unmarshal(body, &event) != nil:
		return 400, "the body is not JSON"
	}
	// Ringback waits 5 s for the answer: what is slow goes into a queue here.
	if id := r.Header.Get("webhook-id"); isFirst(id) {
		fmt.Println(id, event.CallbackCommand, event.CallId+event.CallInfo.CallId+event.CallRecord.CallId)
	} else {
		fmt.Println("duplicate", id)
	}
	return 200, ""
}

func handle(w http.ResponseWriter, r *http.Request) {
	status, info := receive(r)
	state, code := "FAIL", status
	if status == 200 {
		state, code = "OK", 0
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"ActionStatus":%q,"ErrorInfo":%q,"ErrorCode":%d}`, state, info, code)
}

func main() {
	if len(keys) == 0 {
		log.Fatal("Set RINGBACK_WEBHOOK_SECRET to the whsec_… of your endpoint.")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr().(*net.TCPAddr).Port)
	server := http.Server{Handler: http.HandlerFunc(handle), ReadTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}
