let accepted = '';
RingbackSDK.onPushClick(({ action, callId }) => {
  if (action === 'accept') accepted = callId;
  if (client.call?.id === accepted) client.call.accept();
});
client.on('incoming', ({ call }) => {
  if (call.id === accepted) call.accept();
});
