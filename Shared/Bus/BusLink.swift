import JSON
import Loop
import Wire

/// One client connection to one address of a service: connects, proves itself, carries calls, and comes back by itself.
@LoopActor
final class BusLink {
  private let host: String
  private let port: Int
  private let key: BusKey?
  private let owner: BusClient
  private var stream: TCPStream?
  private var lines = LineReader(limit: 64 << 20)
  private let calls = PendingCalls()
  /// Never waits longer than a caller's patience, so that a service which is back is found by the calls that wait for it.
  private var backoff = Backoff(longest: BusClient.patience * 0.8)
  private var heartbeat = Heartbeat()
  private lazy var pulse = Timer { [unowned self] in beat() }
  private var ended = false
  /// The key was shown, and the peer's next word will tell that it is taken: one that refuses it closes without any.
  private var isProving = false
  private var misfit: String?
  private(set) var isReady = false
  var endpoint: String { "\(host):\(port)" }

  init(host: String, port: Int, key: BusKey?, owner: BusClient) {
    self.host = host
    self.port = port
    self.key = key
    self.owner = owner
  }

  /// Connects again and again until `end`.
  func run() async {
    while !ended {
      do {
        let stream = try await TCPStream.connect(to: SocketAddress.resolve(host: host, port: port))
        await serve(stream)
      } catch {
        owner.notice(.connectionLost(service: owner.service, endpoint: endpoint, reason: String(describing: error)))
      }
      if !ended { try? await pause(for: backoff.next()) }
    }
  }

  func end() {
    ended = true
    pulse.cancel()
    calls.close()
    stream?.close()
  }

  private func serve(_ stream: TCPStream) async {
    self.stream = stream
    lines = LineReader(limit: 64 << 20)
    heartbeat = Heartbeat()
    misfit = nil
    pulse.arm(after: heartbeat.untilNextLook)
    let reason = await withCheckedContinuation { (closed: CheckedContinuation<String, Never>) in
      stream.received = { [self] bytes in take(Array(bytes)) }
      stream.closed = { [self] in closed.resume(returning: farewell($0)) }
    }
    isProving = false
    pulse.disarm()
    self.stream = nil
    let hasDied = isReady && !ended
    isReady = false
    calls.endAll(.lost)
    if hasDied { owner.died() }
    if !ended { owner.notice(.connectionLost(service: owner.service, endpoint: endpoint, reason: reason)) }
  }

  private func farewell(_ error: SocketError?) -> String {
    if let misfit { return misfit }
    return isProving
      ? "closed at the sight of the bus key, so the keys differ" : error?.description ?? "closed by the peer"
  }

  // MARK: - Calls

  func call(_ name: String, _ body: RawJSON, _ context: CallContext, _ waiter: PendingCalls.Waiter) {
    guard let stream, isReady, !calls.isFull else { return waiter.resume(returning: .failure(.unsent)) }
    let id = calls.add(waiter, timeout: context.timeout)
    stream.write(Frame.call(id: id, name: name, context: context, body: body).encoded())
  }

  func send(_ frame: Frame) { stream?.write(frame.encoded()) }

  // MARK: - What comes in

  private func take(_ bytes: [UInt8]) {
    heartbeat.hear()
    do {
      for line in try lines.take(bytes) { accept(try Frame(line: line)) }
    } catch {
      stream?.close()
    }
  }

  private func accept(_ frame: Frame) {
    switch frame {
    case .reply(let id, let body): calls.end(id, .success(body))
    case .failure(let id, let failure): calls.end(id, .failure(failure))
    case .event(let subject, let body): owner.deliver(subject: subject, body: body)
    case .hello(_, let challenge): greet(challenge)
    case .leaving: leave()
    case .pong: if isProving { becomeReady() }
    case .call, .subscribe, .proof, .ping, .left: break
    }
  }

  private func greet(_ challenge: String?) {
    guard let challenge else { return becomeReady() }
    guard let key else {
      misfit = "it asks for a bus key, and there is none here"
      return stream?.close() ?? ()
    }
    isProving = true
    send(.proof(key.proof(of: challenge)))
    send(.ping)
  }

  private func becomeReady() {
    isProving = false
    isReady = true
    backoff.reset()
    owner.becameReady(self)
  }

  /// Calls go elsewhere from now on; those under way are still answered here.
  private func leave() {
    isProving = false
    isReady = false
    send(.left)
  }

  // MARK: - Silence

  private func beat() {
    switch heartbeat.look() {
    case .ask: send(.ping)
    case .listen: break
    case .giveUp: return stream?.close() ?? ()
    }
    pulse.arm(after: heartbeat.untilNextLook)
  }
}
