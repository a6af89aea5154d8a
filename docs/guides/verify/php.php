<?php
// A receiver of Ringback's webhooks. PHP 8.0 or newer: php -S 127.0.0.1:3000 php.php
// RINGBACK_WEBHOOK_SECRET: one or more secrets, with blanks between.
declare(strict_types=1);

const TOLERANCE = 300;
const MOST_BYTES = 1024 * 1024;

// guide:begin
/** Whether Ringback has sent this body, and not long ago. */
function verify(string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if ($id === '' || !ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE) {
        return false;
    }
    $given = explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '');
    $secrets = preg_split('/\s+/', getenv('RINGBACK_WEBHOOK_SECRET') ?: '', -1, PREG_SPLIT_NO_EMPTY);
    // Several secrets and several signatures: one pair that fits is enough. That is how secrets are rotated.
    foreach ($secrets as $secret) {
        $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
        $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", (string) $key, true));
        foreach ($given as $one) {
            if (hash_equals($expected, $one)) {
                return true;
            }
        }
    }
    return false;
}
// guide:end

/** Remembers ids in a file for each; a database with a unique key does this better. */
function first_time(string $id): bool
{
    $folder = sys_get_temp_dir() . '/ringback-webhooks-seen';
    @mkdir($folder, 0700);
    // Mode x: made by whoever comes first, however many come at once.
    $file = @fopen($folder . '/' . hash('sha256', $id), 'x');
    return $file !== false && fclose($file);
}

function answer(int $status, array $body): void
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body);
}

/** The server of `php -S` has its output on standard error; events go to standard output. */
function say(string $line): void
{
    file_put_contents('php://stdout', $line . "\n");
}

if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    answer(405, ['error' => 'POST only']);
    return;
}
$body = file_get_contents('php://input', false, null, 0, MOST_BYTES + 1);
if (strlen($body) > MOST_BYTES) {
    answer(413, ['error' => 'too large']);
} elseif (!verify($body)) {
    answer(401, ['error' => 'not signed by Ringback']);
} else {
    $id = $_SERVER['HTTP_WEBHOOK_ID'];
    $event = json_decode($body, true);
    $callId = $event['CallId'] ?? $event['CallInfo']['CallId'] ?? $event['CallRecord']['CallId'] ?? '';
    say(first_time($id) ? "$id {$event['CallbackCommand']} $callId" : "duplicate $id");
    answer(200, ['ActionStatus' => 'OK', 'ErrorInfo' => '', 'ErrorCode' => 0]);
}
