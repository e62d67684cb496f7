public import JSON
public import Loop
public import Wire

/// A daemon's way to one other service, over every copy of it that is up.
///
/// A call never hangs: its deadline, a lost connection or a full queue end it with `unavailable`. While no copy is up, a
/// call waits a moment for one (`patience`), so that a restart of a second costs a delay rather than an error.
@LoopActor
public final class BusClient {
  /// How long a call waits for a connection before it is told `unavailable`; at most its own deadline.
  public static let patience = Duration.milliseconds(500)
  private static let waitingLimit = 2000

  public let service: String
  private var links: [BusLink] = []
  private var turn = 0
  private var subscriptions: [String: (deliver: @LoopActor (RawJSON) -> Void, joined: @LoopActor () -> Void)] = [:]
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private let alarm = Alarm()
  let notice: @LoopActor (BusNotice) -> Void

  public init(
    service: String,
    endpoints: [(host: String, port: Int)],
    key: BusKey?,
    notice: @escaping @LoopActor (BusNotice) -> Void = { _ in }
  ) {
    self.service = service
    self.notice = notice
    links = endpoints.map { BusLink(host: $0.host, port: $0.port, key: key, owner: self) }
  }

  /// Connects to every copy in the background and keeps doing so.
  public func start() {
    for link in links { onLoop { await link.run() } }
  }

  public func end() {
    for link in links { link.end() }
  }

  /// Whether at least one copy is connected.
  public var isReady: Bool { links.contains { $0.isReady } }

  /// Makes a typed call; throws the service's failure, or `unavailable`.
  public func call<C: Call>(_ request: C, _ context: CallContext) async throws(Failure) -> C.Reply {
    let body: RawJSON
    do { body = try request.json() } catch { throw .internal }
    let reply = try await forward(C.name, body, context)
    do { return try C.Reply(json: reply) } catch { throw .internal }
  }

  /// Sends a body that is JSON already and gives the reply's bytes, neither taken apart here.
  public func forward(_ name: String, _ body: RawJSON, _ context: CallContext) async throws(Failure) -> RawJSON {
    var next = nextReady()
    if next == nil {
      await waitForLink(atMost: min(BusClient.patience, .milliseconds(context.timeout)))
      next = nextReady()
    }
    guard let link = next else { throw .unavailable }
    return try await withUnsafeContinuation { link.call(name, body, context, $0) }.get()
  }

  private func nextReady() -> BusLink? {
    if links.count == 1 { return links[0].isReady ? links[0] : nil }
    for _ in links {
      turn = (turn + 1) % links.count
      if links[turn].isReady { return links[turn] }
    }
    return nil
  }

  private func waitForLink(atMost limit: Duration) async {
    guard waiting.count < BusClient.waitingLimit else { return }
    await withCheckedContinuation { continuation in
      waiting.append(continuation)
      alarm.set(after: limit) { [self] in wakeAll() }
    }
  }

  private func wakeAll() {
    let woken = waiting
    waiting = []
    for waiter in woken { waiter.resume() }
  }

  // MARK: - Events

  /// Receives every event of a kind from every copy of the service.
  ///
  /// `joined` is called whenever a connection has (re)started: events may have been missed before it, so state built
  /// from events must be dropped or read again there.
  public func subscribe<E: Event>(
    _ event: E.Type,
    joined: @escaping @LoopActor () -> Void,
    received: @escaping @LoopActor (E) -> Void
  ) {
    let deliver: @LoopActor (RawJSON) -> Void = { body in if let event = try? E(json: body) { received(event) } }
    subscriptions[E.subject] = (deliver, joined)
    for link in links where link.isReady { link.send(.subscribe(subject: E.subject)) }
  }

  func deliver(subject: String, body: RawJSON) { subscriptions[subject]?.deliver(body) }

  func becameReady(_ link: BusLink) {
    notice(.connected(service: service, endpoint: link.endpoint))
    for (subject, subscription) in subscriptions {
      link.send(.subscribe(subject: subject))
      subscription.joined()
    }
    wakeAll()
  }
}

/// A timer that is armed by the first who asks and serves all who ask until it fires.
@LoopActor
private final class Alarm {
  private var timer: Timer?

  func set(after delay: Duration, _ action: @escaping @LoopActor () -> Void) {
    guard timer == nil else { return }
    let timer = Timer { [self] in
      self.timer?.cancel()
      self.timer = nil
      action()
    }
    timer.arm(after: delay)
    self.timer = timer
  }
}
