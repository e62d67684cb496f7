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
  private var route: NATSRoute?
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

  /// Calls whichever copies of the service are on NATS.
  public init(service: String, over line: NATSLine, notice: @escaping @LoopActor (BusNotice) -> Void = { _ in }) {
    self.service = service
    self.notice = notice
    route = NATSRoute(service: service, line: line, owner: self)
  }

  /// Connects to every copy in the background and keeps doing so.
  public func start() {
    route?.start()
    for link in links { onLoop { await link.run() } }
  }

  public func end() {
    route?.end()
    for link in links { link.end() }
  }

  /// Whether at least one copy is connected.
  public var isReady: Bool { route?.isReady ?? links.contains { $0.isReady } }

  /// Makes a typed call; throws the service's failure, or `unavailable`.
  public func call<C: Call>(_ request: C, _ context: CallContext) async throws(Failure) -> C.Reply {
    let body: RawJSON
    do { body = try request.json() } catch { throw .internal }
    let reply = try await forward(C.name, body, context)
    do { return try C.Reply(json: reply) } catch { throw .internal }
  }

  /// Sends a body that is JSON already and gives the reply's bytes, neither taken apart here.
  ///
  /// What nobody has got goes to whoever comes first. A call that may be repeated goes to another copy when the one that had
  /// it dies; any other then fails, since nobody can tell whether it was carried out.
  public func forward(_ name: String, _ body: RawJSON, _ context: CallContext) async throws(Failure) -> RawJSON {
    var (context, failure) = (context, Failure.unsent)
    let deadline = ContinuousClock.now + .milliseconds(context.timeout)
    var end = min(.now + BusClient.patience, deadline)
    while true {
      if isReady {
        let result = await attempt(name, body, context)
        guard case .failure(let reason) = result else { return try result.get() }
        switch reason.fate {
        case .delivered: throw reason
        case .unsent: break
        case .lost:
          guard context.isRepeatable, deadline > .now else { throw reason }
          (failure, end) = (reason, min(.now + BusClient.patience, deadline))
          context.timeout = Int((deadline - .now) / .milliseconds(1)) + 1
          continue
        }
      }
      guard end > .now, waiting.count < BusClient.waitingLimit else { throw failure }
      await waitForLink(until: end)
    }
  }

  private func attempt(_ name: String, _ body: RawJSON, _ context: CallContext) async -> Result<RawJSON, Failure> {
    if let route { return await withUnsafeContinuation { route.call(name, body, context, $0) } }
    guard let link = nextReady() else { return .failure(.unsent) }
    return await withUnsafeContinuation { link.call(name, body, context, $0) }
  }

  private func nextReady() -> BusLink? {
    if links.count == 1 { return links[0].isReady ? links[0] : nil }
    for _ in links {
      turn = (turn + 1) % links.count
      if links[turn].isReady { return links[turn] }
    }
    return nil
  }

  /// Returns when a copy has come, or at a moment that is not after the deadline.
  private func waitForLink(until deadline: ContinuousClock.Instant) async {
    await withCheckedContinuation { continuation in
      waiting.append(continuation)
      alarm.set(at: deadline) { [self] in wakeAll() }
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
  /// `joined` is called whenever a connection has (re)started, and when a copy has died while others are there: events may
  /// have been missed before it, so state built from events must be dropped or read again there. `wanted` may turn away an event before it is taken apart.
  public func subscribe<E: Event>(
    _ event: E.Type,
    joined: @escaping @LoopActor () -> Void,
    wanted: @escaping @LoopActor (RawJSON) -> Bool = { _ in true },
    received: @escaping @LoopActor (E) -> Void
  ) {
    let deliver: @LoopActor (RawJSON) -> Void = { body in
      if wanted(body), let event = try? E(json: body) { received(event) }
    }
    subscriptions[E.subject] = (deliver, joined)
    route?.listenToEvents()
    for link in links where link.isReady { link.send(.subscribe(subject: E.subject)) }
  }

  func deliver(subject: String, body: RawJSON) { subscriptions[subject]?.deliver(body) }

  func becameReady(_ link: BusLink) {
    for subject in subscriptions.keys { link.send(.subscribe(subject: subject)) }
    joined(endpoint: link.endpoint)
  }

  /// A copy went without a word. What it did last it may not have told; those who are left can be asked for it.
  func died() {
    guard isReady else { return }
    for subscription in subscriptions.values { subscription.joined() }
  }

  /// A copy has come, or come back.
  func joined(endpoint: String) {
    notice(.connected(service: service, endpoint: endpoint))
    for subscription in subscriptions.values { subscription.joined() }
    wakeAll()
  }
}

/// A timer that serves all who ask until it fires, which is at the earliest of their moments.
@LoopActor
private final class Alarm {
  private var timer: Timer?
  private var moment = ContinuousClock.now

  func set(at moment: ContinuousClock.Instant, _ action: @escaping @LoopActor () -> Void) {
    if timer != nil, self.moment <= moment { return }
    self.moment = moment
    let timer =
      timer
      ?? Timer { [self] in
        self.timer?.cancel()
        self.timer = nil
        action()
      }
    timer.arm(after: moment - .now)
    self.timer = timer
  }
}
