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
  private(set) var subjects: Set<String> = []

  init(_ stream: TCPStream, of server: BusServer) {
    self.stream = stream
    self.server = server
    challenge = server.key.map { _ in BusKey.challenge() }
    proven = challenge == nil
    stream.closed = { [self] _ in server.forget(self) }
    stream.received = { [self] bytes in take(Array(bytes)) }
    send(Frame.hello(service: server.service, challenge: challenge).encoded())
  }

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
    guard proven else { return prove(frame) }
    switch frame {
    case .call(let id, let name, let context, let body): run(id: id, name: name, context: context, body: body)
    case .subscribe(let subject): subjects.insert(subject)
    case .ping: send(Frame.pong.encoded())
    case .hello, .proof, .reply, .failure, .event, .pong: break
    }
  }

  private func prove(_ frame: Frame) {
    guard case .proof(let proof) = frame, let challenge, let key = server.key, key.accepts(proof, for: challenge) else {
      return refuse(.wrongKey)
    }
    proven = true
  }

  private func run(id: Int, name: String, context: CallContext, body: RawJSON) {
    guard let handler = server.handlers[name] else {
      return send(Frame.failure(id: id, Failure(.unknownCall, reason: name)).encoded())
    }
    guard server.begin() else { return send(Frame.failure(id: id, .unavailable).encoded()) }
    var context = context
    context.deadline = .now + .milliseconds(max(0, min(context.timeout, 600_000)))
    let arrived = context
    onLoop { [self] in
      let answer = await outcome(of: handler, id: id, name: name, context: arrived, body: body)
      server.end()
      send(answer.encoded())
    }
  }

  private func outcome(
    of handler: BusServer.Handler,
    id: Int,
    name: String,
    context: CallContext,
    body: RawJSON
  ) async -> Frame {
    do { return .reply(id: id, body: try await handler(body, context)) } catch let failure as Failure {
      return .failure(id: id, failure)
    } catch {
      server.notice(.handlerFailed(call: name, error: String(describing: error)))
      return .failure(id: id, .internal)
    }
  }

  private func refuse(_ reason: BusNotice.Refusal) {
    server.notice(.peerRefused(address: stream.peer, reason: reason))
    stream.close()
  }
}
