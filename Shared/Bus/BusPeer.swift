import JSON
import Loop
import Wire

/// One connection of a bus server: proves the peer, then reads its lines and answers them.
@LoopActor
final class BusPeer {
  /// A peer that lets this many bytes of answers wait is cut off: it reads too slowly to be served.
  private static let queueLimit = 16 << 20

  private let stream: TCPStream
  private let server: BusServer
  private var lines = LineReader()
  private let challenge: String?
  private var proven: Bool
  private var hasLeft = false
  /// Whether a call may come on this connection.
  var mayCall: Bool { proven && !hasLeft }
  private(set) var subjects: Set<String> = []

  init(_ stream: TCPStream, of server: BusServer) {
    self.stream = stream
    self.server = server
    challenge = server.key.map { _ in BusKey.challenge() }
    proven = challenge == nil
    stream.closed = { [self] _ in server.forget(self) }
    stream.received = { [self] bytes in take(Array(bytes)) }
    if !server.isStandingBy { greet() }
  }

  /// Says that calls are welcome, or first a proof.
  func greet() { send(Frame.hello(service: server.service, challenge: challenge).encoded()) }

  func send(_ line: [UInt8]) {
    stream.write(line)
    if stream.queuedBytes > BusPeer.queueLimit { refuse(.tooSlow) }
  }

  func closeAfterWrites() { stream.closeAfterWrites() }

  private func take(_ bytes: [UInt8]) {
    let whole: [[UInt8]]
    do { whole = try lines.take(bytes) } catch { return refuse(.lineTooLong) }
    for line in whole where stream.isOpen {
      do { answer(try Frame(line: line)) } catch { refuse(.malformedFrame) }
    }
  }

  private func answer(_ frame: Frame) {
    // Also asked by those who have not been greeted yet.
    if case .ping = frame { return send(Frame.pong.encoded()) }
    guard proven else { return prove(frame) }
    switch frame {
    case .call(let id, let name, let context, let body): run(id: id, name: name, context: context, body: body)
    case .subscribe(let subject): subjects.insert(subject)
    case .left:
      hasLeft = true
      server.peerLeft()
    case .hello, .proof, .reply, .failure, .event, .ping, .pong, .leaving: break
    }
  }

  private func prove(_ frame: Frame) {
    guard case .proof(let proof) = frame, let challenge, let key = server.key, key.accepts(proof, for: challenge) else {
      return refuse(.wrongKey)
    }
    proven = true
  }

  private func run(id: Int, name: String, context: CallContext, body: RawJSON) {
    server.answer(id: id, name: name, context: context, body: body) { [self] in reply($0, to: id) }
  }

  /// An answer for which there is no room is refused by itself: all callers of a process share the connection.
  private func reply(_ frame: Frame, to id: Int) {
    let line = frame.encoded()
    let isFit = stream.queuedBytes + line.count <= BusPeer.queueLimit
    send(isFit ? line : Frame.failure(id: id, .unavailable).encoded())
  }

  private func refuse(_ reason: BusNotice.Refusal) {
    server.notice(.peerRefused(address: stream.peer, reason: reason))
    stream.close()
  }
}
