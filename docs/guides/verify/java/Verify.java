// A receiver of Ringback's webhooks. Java 17 or newer, nothing but the JDK: java Verify.java
// RINGBACK_WEBHOOK_SECRET: one secret, or several with blanks between while you rotate. PORT: 0 for any free one.
// RINGBACK_SDKAPPID: your application, when there is more than one.
import com.sun.net.httpserver.*;
import java.io.*;
import java.net.InetSocketAddress;
import java.security.*;
import java.util.*;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import static java.nio.charset.StandardCharsets.UTF_8;

public class Verify {
    static final int MAX_BODY = 1024 * 1024, MAX_SEEN = 10_000;
    static final List<byte[]> KEYS = Webhooks.keysOf(System.getenv().getOrDefault("RINGBACK_WEBHOOK_SECRET", ""));
    static final String APP_ID = System.getenv("RINGBACK_SDKAPPID");

    static final Map<Integer, String> WRONG = Map.of(401, "the signature or the time is wrong", 405, "use POST",
            400, "the body is not an event", 403, "this is another application", 413, "the body is too long");

    /** The newest ids. Yours belong into a database, in one transaction with what you make of the event. */
    static final Map<String, Boolean> SEEN = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MAX_SEEN;
        }
    });

    /** A string member of JSON, for which the JDK has no parser; yours takes a library. */
    static String member(String name, String json) {
        var matcher = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }

    /** Gives the status of the answer. */
    static int receive(HttpExchange exchange) throws IOException, GeneralSecurityException {
        if (!exchange.getRequestMethod().equals("POST")) return 405;
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
        // The rest is read and dropped: a sender that is cut off sees no answer.
        exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
        if (body.length > MAX_BODY) return 413;
        if (!Webhooks.verify(exchange.getRequestHeaders(), body, KEYS)) return 401;
        var query = List.of(Objects.requireNonNullElse(exchange.getRequestURI().getRawQuery(), "").split("&"));
        if (APP_ID != null && !query.contains("SdkAppid=" + APP_ID)) return 403;
        String json = new String(body, UTF_8), command = member("CallbackCommand", json);
        if (command.isEmpty()) return 400;
        String id = exchange.getRequestHeaders().getFirst("webhook-id");
        // Ringback waits 5 s for the answer: what is slow goes into a queue here.
        boolean first = SEEN.put(id, true) == null;
        System.out.println(first ? id + " " + command + " " + member("CallId", json) : "duplicate " + id);
        return 200;
    }

    static void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = receive(exchange);
            String state = status == 200 ? "\"OK\",\"ErrorCode\":0" : "\"FAIL\",\"ErrorCode\":" + status;
            String info = WRONG.getOrDefault(status, "");
            byte[] answer = ("{\"ActionStatus\":" + state + ",\"ErrorInfo\":\"" + info + "\"}").getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException("This JDK has no HmacSHA256.", error);
        }
    }

    public static void main(String[] args) throws IOException {
        // With an empty key anybody could sign.
        if (KEYS.isEmpty() || KEYS.stream().anyMatch(key -> key.length < 24)) {
            System.err.println("Set RINGBACK_WEBHOOK_SECRET to the whsec_… of your endpoint.");
            System.exit(1);
        }
        System.setProperty("sun.net.httpserver.maxReqTime", "10"); // s
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/", Verify::handle);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
        System.out.println("listening on " + server.getAddress().getPort());
    }
}

// guide:begin
final class Webhooks {
    /** The keys of whsec_… secrets. A key is what the base64 says, not the text of the secret. */
    static List<byte[]> keysOf(String secrets) {
        return Pattern.compile("\\S+").matcher(secrets).results()
                .map(found -> Base64.getDecoder().decode(found.group().replaceFirst("^whsec_", ""))).toList();
    }

    /** Whether Ringback signed this, at most five minutes ago. `body` is the bytes as they came, not yet parsed. */
    static boolean verify(Headers headers, byte[] body, List<byte[]> keys) throws GeneralSecurityException {
        String id = headers.getFirst("webhook-id"), timestamp = headers.getFirst("webhook-timestamp");
        String signatures = headers.getFirst("webhook-signature");
        if (id == null || signatures == null || timestamp == null || !timestamp.matches("[0-9]{1,12}")) return false;
        if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp)) > 300) return false;
        // During a rotation there are several signatures, and here several keys: one pair that fits is enough.
        for (byte[] key : keys) {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
            byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(UTF_8);
            for (String given : signatures.split(" ")) {
                // MessageDigest.isEqual takes the same time wherever the two differ; String.equals does not.
                if (MessageDigest.isEqual(expected, given.getBytes(UTF_8))) return true;
            }
        }
        return false;
    }
}
// guide:end
