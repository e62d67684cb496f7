// What Socket.IO's in-memory adapter does, on Debian's ws and socket.io-parser: encode a broadcast once, make its frame
// once, and send it to each socket. usage: node node.js PORT
const { createServer } = require('http');
const { WebSocketServer, Sender } = require('ws');
const { Encoder, Decoder, PacketType } = require('socket.io-parser');

const encoder = new Encoder();
const clients = new Set();
const server = createServer();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

function broadcast(data) {
  const [text] = encoder.encode({ type: PacketType.EVENT, nsp: '/', data });
  const frame = Sender.frame(Buffer.from('4' + text), {
    readOnly: false, mask: false, rsv1: false, opcode: 1, fin: true,
  });
  for (const client of clients) client._sender.sendFrame(frame);
}

server.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (client) => {
    client.send('0' + JSON.stringify({
      sid: Math.random().toString(36).slice(2), upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1e6,
    }));
    const decoder = new Decoder();
    decoder.on('decoded', (packet) => {
      if (packet.type === PacketType.CONNECT) {
        const [text] = encoder.encode({ type: PacketType.CONNECT, nsp: '/', data: { sid: 'x' } });
        client.send('4' + text);
        clients.add(client);
      } else if (packet.type === PacketType.EVENT) {
        broadcast(packet.data);
      }
    });
    const beat = setInterval(() => client.send('2'), 25000);
    client.on('message', (data) => {
      const text = data.toString();
      if (text[0] === '4') decoder.add(text.slice(1));
    });
    client.on('close', () => { clearInterval(beat); clients.delete(client); });
    client.on('error', () => {});
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1', 4096);
