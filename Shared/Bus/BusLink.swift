import JSON
import Loop
import Wire

/// One client connection to one address of a service: connects, proves itself, carries calls, and comes back by itself.
@LoopActor
final class BusLink {
  /// Silence after which the peer is asked whether it lives, and once more until it is given up.
  private static let patience = Duration.seconds(2)

  /// Unchecked for its cost: the table of calls gives each one out once.
  typealias Waiter = UnsafeContinuation<Result<RawJSON, Failure>, Never>

  private let host: String
  private let port: Int
  private let key: BusKey?
  private let owner: BusClient
  private var stream: TCPStream?
  private var lines = LineReader(limit: 64 << 20)
  private var calls = CallTable<Waiter>(limit: 10_000)
  /// Never waits longer than a caller's patience, so that a service which is back is found by the calls that wait for it.
  private var backoff = Backoff(longest: BusClient.patience * 0.8)
  private lazy var heartbeat = Timer { [unowned self] in checkHeartbeat() }
  private lazy var sweep = Timer { [unowned self] in sweepLateCalls() }
  private var sweepPlanned = false
  private var heard = true
  private var ended = false
  private(set) var isReady = false
  var endpoint: String { "\(host):\(port)" }
  var load: Int { calls.count }

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
    heartbeat.cancel()
    sweep.cancel()
    stream?.close()
  }

  private func serve(_ stream: TCPStream) async {
    self.stream = stream
    lines = LineReader(limit: 64 << 20)
    heard = true
    heartbeat.arm(after: BusLink.patience, every: BusLink.patience)
    let reason = await withCheckedContinuation { (closed: CheckedContinuation<String, Never>) in
      stream.received = { [self] bytes in take(Array(bytes)) }
      stream.closed = { closed.resume(returning: $0?.description ?? "closed by the peer") }
    }
    heartbeat.disarm()
    self.stream = nil
    isReady = false
    for waiter in calls.takeAll() { waiter.resume(returning: .failure(.unavailable)) }
    if !ended { owner.notice(.connectionLost(service: owner.service, endpoint: endpoint, reason: reason)) }
  }

  // MARK: - Calls

  func call(_ name: String, _ body: RawJSON, _ context: CallContext, _ waiter: Waiter) {
    guard let stream, isReady, !calls.isFull else { return waiter.resume(returning: .failure(.unsent)) }
    let id = calls.add(waiter, deadline: .now + .milliseconds(context.timeout))
    planSweep()
    stream.write(Frame.call(id: id, name: name, context: context, body: body).encoded())
  }

  func send(_ frame: Frame) { stream?.write(frame.encoded()) }

  // MARK: - What comes in

  private func take(_ bytes: [UInt8]) {
    heard = true
    do {
      for line in try lines.take(bytes) { accept(try Frame(line: line)) }
    } catch {
      stream?.close()
    }
  }

  private func accept(_ frame: Frame) {
    switch frame {
    case .reply(let id, let body): calls.take(id)?.resume(returning: .success(body))
    case .failure(let id, let failure): calls.take(id)?.resume(returning: .failure(failure))
    case .event(let subject, let body): owner.deliver(subject: subject, body: body)
    case .hello(_, let challenge): greet(challenge)
    case .leaving: leave()
    case .call, .subscribe, .proof, .ping, .pong, .left: break
    }
  }

  private func greet(_ challenge: String?) {
    if let challenge {
      guard let key else { return stream?.close() ?? () }
      send(.proof(key.proof(of: challenge)))
    }
    isReady = true
    backoff.reset()
    owner.becameReady(self)
  }

  /// Calls go elsewhere from now on; those under way are still answered here.
  private func leave() {
    isReady = false
    send(.left)
  }

  // MARK: - Deadlines and silence

  /// Looks for late calls every 25 ms while there are any; an idle link costs no wake-up.
  private func planSweep() {
    guard !sweepPlanned else { return }
    sweepPlanned = true
    sweep.arm(after: .milliseconds(25))
  }

  private func sweepLateCalls() {
    sweepPlanned = false
    for waiter in calls.takeExpired(at: .now) { waiter.resume(returning: .failure(.unavailable)) }
    if !calls.isEmpty { planSweep() }
  }

  private func checkHeartbeat() {
    guard heard else { return stream?.close() ?? () }
    heard = false
    send(.ping)
  }
}
