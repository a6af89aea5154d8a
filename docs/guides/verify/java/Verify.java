// A receiver of Ringback's webhooks. Java 17 or newer, JDK only: java Verify.java
// RINGBACK_WEBHOOK_SECRET: one or more secrets, with blanks between. PORT: where it listens, 0 for any free port.
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Verify {
    static final String[] SECRETS = System.getenv().getOrDefault("RINGBACK_WEBHOOK_SECRET", "").trim().split("\\s+");
    static final long TOLERANCE = 300;
    static final int MOST_BYTES = 1024 * 1024;

    // guide:begin
    /** Whether Ringback has sent this body, and not long ago. */
    static boolean verify(Headers headers, byte[] body) throws GeneralSecurityException {
        String id = headers.getFirst("webhook-id");
        String timestamp = headers.getFirst("webhook-timestamp");
        String signatures = headers.getFirst("webhook-signature");
        if (id == null || signatures == null || timestamp == null || !timestamp.matches("\\d{1,15}")) return false;
        if (Math.abs(System.currentTimeMillis() / 1000 - Long.parseLong(timestamp)) > TOLERANCE) return false;
        // Several secrets and several signatures: one pair that fits is enough. That is how secrets are rotated.
        for (String secret : SECRETS) {
            byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
            if (key.length == 0) continue;
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
            for (String given : signatures.split(" ")) {
                // MessageDigest.isEqual takes the same time wherever the two differ.
                if (MessageDigest.isEqual(expected.getBytes(), given.getBytes())) return true;
            }
        }
        return false;
    }
    // guide:end

    /** The newest ids that were handled; a database with a unique key does this better, and across restarts. */
    static final Set<String> SEEN = Collections.newSetFromMap(
            Collections.synchronizedMap(new LinkedHashMap<String, Boolean>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                    return size() > 10_000;
                }
            }));

    static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Takes a member out of JSON; a JSON library does this better. */
    static String member(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        return matcher.find() ? matcher.group(1) : "";
    }

    static void receive(HttpExchange exchange) throws IOException {
        if (!exchange.getRequestMethod().equals("POST")) {
            answer(exchange, 405, "{\"error\":\"POST only\"}");
            return;
        }
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        byte[] part = new byte[65_536];
        long size = 0;
        for (int n = exchange.getRequestBody().read(part); n >= 0; n = exchange.getRequestBody().read(part)) {
            size += n;
            if (size <= MOST_BYTES) kept.write(part, 0, n);
        }
        try {
            if (size > MOST_BYTES) answer(exchange, 413, "{\"error\":\"too large\"}");
            else if (!verify(exchange.getRequestHeaders(), kept.toByteArray())) {
                answer(exchange, 401, "{\"error\":\"not signed by Ringback\"}");
            } else {
                String id = exchange.getRequestHeaders().getFirst("webhook-id");
                String json = kept.toString(StandardCharsets.UTF_8);
                if (SEEN.add(id)) System.out.println(id + " " + member(json, "CallbackCommand") + " " + member(json, "CallId"));
                else System.out.println("duplicate " + id);
                answer(exchange, 200, "{\"ActionStatus\":\"OK\",\"ErrorInfo\":\"\",\"ErrorCode\":0}");
            }
        } catch (GeneralSecurityException error) {
            answer(exchange, 500, "{\"error\":\"no HMAC here\"}");
        }
    }

    public static void main(String[] args) throws IOException {
        int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/", Verify::receive);
        server.setExecutor(Executors.newFixedThreadPool(8));
        server.start();
        System.out.println("listening on " + server.getAddress().getPort());
    }
}
