<?php
// A receiver of Ringback's webhooks. PHP 8.0 or newer: php -S 127.0.0.1:3000 php.php
// RINGBACK_WEBHOOK_SECRET: one secret, or several with blanks between while you rotate.
// RINGBACK_SDKAPPID: your application, when there is more than one.
declare(strict_types=1);

// guide:begin
/** The keys of whsec_… secrets. A key is what the base64 says, not the text of the secret. */
function keys_of(string $secrets): array
{
    $list = preg_split('/\s+/', $secrets, -1, PREG_SPLIT_NO_EMPTY);
    return array_map(fn ($secret) => (string) base64_decode(preg_replace('/^whsec_/', '', $secret), true), $list);
}

/** Whether Ringback signed this, at most five minutes ago. $body is the bytes as they came, not yet parsed. */
function verify(array $server, string $body, array $keys): bool
{
    $id = $server['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $server['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if ($id === '' || !preg_match('/^\d{1,12}$/D', $timestamp) || abs(time() - (int) $timestamp) > 300) {
        return false;
    }
    // During a rotation there are several signatures, and here several keys: one pair that fits is enough.
    foreach ($keys as $key) {
        $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
        foreach (explode(' ', $server['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
            if (hash_equals($expected, $given)) {
                return true;
            }
        }
    }
    return false;
}
// guide:end

const MAX_BODY = 1024 * 1024, MAX_SEEN = 1000;

/**
 * Keeps the newest ids in a file, because PHP forgets all between two requests. Yours belong into a table with a unique
 * key, in one transaction with what you make of the event: INSERT … ON CONFLICT DO NOTHING adds no row for a known id.
 */
function is_first(string $id): bool
{
    $file = fopen(sys_get_temp_dir() . "/ringback-seen-{$_SERVER['SERVER_PORT']}", 'c+');
    flock($file, LOCK_EX); // Two requests may come at once; the lock goes when the function ends.
    $ids = array_filter(explode("\n", stream_get_contents($file)));
    if (in_array($id, $ids, true)) {
        return false;
    }
    ftruncate($file, 0);
    rewind($file);
    fwrite($file, implode("\n", [...array_slice($ids, 1 - MAX_SEEN), $id]));
    return true;
}

/** Gives the status of the answer and, unless it is 200, what is wrong. */
function receive(): array
{
    $keys = keys_of(getenv('RINGBACK_WEBHOOK_SECRET') ?: '');
    if ($keys === [] || min(array_map('strlen', $keys)) < 24) { // With an empty key anybody could sign.
        return [500, 'set RINGBACK_WEBHOOK_SECRET to the whsec_… of your endpoint'];
    }
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        return [405, 'use POST'];
    }
    $body = file_get_contents('php://input', length: MAX_BODY + 1);
    if (strlen($body) > MAX_BODY) {
        return [413, 'the body is too long'];
    }
    if (!verify($_SERVER, $body, $keys)) {
        return [401, 'the signature or the time is wrong'];
    }
    $app = getenv('RINGBACK_SDKAPPID');
    if ($app && ($_GET['SdkAppid'] ?? '') !== $app) {
        return [403, 'this is another application'];
    }
    $event = json_decode($body, true, flags: JSON_THROW_ON_ERROR);
    $id = $_SERVER['HTTP_WEBHOOK_ID'];
    $call_id = $event['CallId'] ?? $event['CallInfo']['CallId'] ?? $event['CallRecord']['CallId'] ?? '';
    // Ringback waits 5 s for the answer: what is slow goes into a queue here.
    $line = is_first($id) ? "$id {$event['CallbackCommand']} $call_id" : "duplicate $id";
    file_put_contents('php://stdout', "$line\n"); // echo would be part of the answer.
    return [200, ''];
}

[$status, $info] = receive();
http_response_code($status);
header('Content-Type: application/json');
$ok = $status === 200;
echo json_encode(['ActionStatus' => $ok ? 'OK' : 'FAIL', 'ErrorInfo' => $info, 'ErrorCode' => $ok ? 0 : $status]);
