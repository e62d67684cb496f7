public import JSON
public import Loop
public import Wire

/// A service's side of the bus: answers calls, and tells events to whoever subscribed.
///
/// Every call gets exactly one answer: the handler's reply, its failure, `unknown_call`, or `unavailable` when too many
/// are under way. Calls of one connection run side by side and may be answered in another order.
@LoopActor
public final class BusServer {
  public typealias Handler = @LoopActor (RawJSON, CallContext) async throws -> RawJSON

  /// Calls under way at once; more are refused with `unavailable`.
  public static let callLimit = 20_000

  let service: String
  let key: BusKey?
  private(set) var handlers: [String: Handler] = [:]
  private var listener: TCPListener?
  private var nats: NATSServer?
  /// The way over which it will take calls when it does not stand by any more.
  private var waiting: NATSLine?
  private var peers: [ObjectIdentifier: BusPeer] = [:]
  private var departures: CheckedContinuation<Void, Never>?
  private var idle: [CheckedContinuation<Void, Never>] = []
  let notice: @LoopActor (BusNotice) -> Void
  /// Whether another copy answers in place of this one.
  public private(set) var isStandingBy = false
  /// Calls being handled now.
  public private(set) var activeCalls = 0

  /// With a key, a peer must prove that it has it before its first call.
  public init(service: String, key: BusKey?, notice: @escaping @LoopActor (BusNotice) -> Void = { _ in }) {
    self.service = service
    self.key = key
    self.notice = notice
  }

  /// Answers calls of one kind. A thrown `Failure` goes to the caller; any other error is told as `internal`.
  public func on<C: Call>(
    _ call: C.Type,
    handle: @escaping @LoopActor (C, CallContext) async throws -> C.Reply
  ) {
    precondition(handlers[C.name] == nil, "\(C.name) is handled twice")
    handlers[C.name] = { body, context in
      let request: C
      do { request = try C(json: body) } catch let failure as Failure { throw failure } catch {
        throw Failure.invalid("body")
      }
      return try await CallContext.$currentTrace.withValue(context.trace) {
        try await handle(request, context).json()
      }
    }
  }

  /// Sends an event to every subscriber of its subject. A subscriber that is away misses it and is told so when it is
  /// back (`BusClient.subscribe`).
  public func publish<E: Event>(_ event: E) throws {
    let line = Frame.event(subject: E.subject, body: try event.json()).encoded()
    try nats?.publish(subject: E.subject, line)
    for peer in peers.values where peer.subjects.contains(E.subject) { peer.send(line) }
  }

  /// Opens the port; answers which one, for an address that asked for port 0.
  @discardableResult
  public func listen(on address: SocketAddress) throws -> Int {
    let listener = try TCPListener(on: address) { [unowned self] stream in
      let peer = BusPeer(stream, of: self)
      peers[ObjectIdentifier(peer)] = peer
    }
    self.listener = listener
    return listener.port
  }

  /// Takes calls over NATS instead of a port, as one of the copies of this service that share them.
  public func serve(over line: NATSLine) {
    line.start()
    if isStandingBy { waiting = line } else { take(callsOf: line) }
  }

  private func take(callsOf line: NATSLine) {
    let nats = NATSServer(self, on: line)
    nats.start()
    self.nats = nats
  }

  /// Leaves all calls to other copies from the moment it listens until `stepForward`: who connects meanwhile is not greeted,
  /// and sends no call to a copy that has not greeted it; NATS is not asked for calls.
  public func standBy() { isStandingBy = true }

  /// Takes calls, also from those who have waited for it.
  public func stepForward() {
    guard isStandingBy else { return }
    isStandingBy = false
    for peer in peers.values { peer.greet() }
    if let waiting { take(callsOf: waiting) }
    waiting = nil
  }

  func forget(_ peer: BusPeer) {
    peers[ObjectIdentifier(peer)] = nil
    peerLeft()
  }

  /// Hands a call that has arrived to its handler, and its answer to the closure, at once or later.
  func answer(
    id: Int,
    name: String,
    context: CallContext,
    body: RawJSON,
    _ send: @escaping @LoopActor (Frame) -> Void
  ) {
    guard let handler = handlers[name] else {
      return send(Frame.failure(id: id, Failure(.unknownCall, reason: name)))
    }
    guard begin() else { return send(Frame.failure(id: id, .unavailable)) }
    var context = context
    context.deadline = .now + .milliseconds(max(0, min(context.timeout, 600_000)))
    let arrived = context
    onLoop { [self] in
      let answer = await outcome(of: handler, id: id, name: name, context: arrived, body: body)
      end()
      send(answer)
    }
  }

  private func outcome(
    of handler: Handler,
    id: Int,
    name: String,
    context: CallContext,
    body: RawJSON
  ) async -> Frame {
    do { return .reply(id: id, body: try await handler(body, context)) } catch let failure as Failure {
      return .failure(id: id, failure)
    } catch {
      notice(.handlerFailed(call: name, error: String(describing: error)))
      return .failure(id: id, .internal)
    }
  }

  private func begin() -> Bool {
    guard activeCalls < BusServer.callLimit else { return false }
    activeCalls += 1
    return true
  }

  private func end() {
    activeCalls -= 1
    guard activeCalls == 0 else { return }
    for waiter in idle { waiter.resume() }
    idle = []
  }

  /// Takes no new connection, asks all callers to go elsewhere, lets the calls under way finish for at most `limit`, then
  /// closes all connections. No call is lost on the way unless it takes longer.
  public func drain(within limit: Duration) async {
    let deadline = ContinuousClock.now + limit
    listener?.close()
    await farewell(within: limit)
    await nats?.stopTaking(within: limit)
    if activeCalls > 0 { await waitUntilIdle(atMost: max(.zero, deadline - .now)) }
    await nats?.flush()
    for peer in peers.values { peer.closeAfterWrites() }
  }

  /// Returns when no caller will send another call.
  private func farewell(within limit: Duration) async {
    let callers = isStandingBy ? [] : peers.values.filter(\.mayCall)
    for caller in callers { caller.send(Frame.leaving.encoded()) }
    guard !callers.isEmpty, peers.values.contains(where: \.mayCall) else { return }
    let alarm = Timer { [self] in
      departures?.resume()
      departures = nil
    }
    // A caller that does not know the word is not waited for much longer than one that does.
    alarm.arm(after: min(limit, .milliseconds(500)))
    await withCheckedContinuation { departures = $0 }
    alarm.cancel()
  }

  func peerLeft() {
    guard departures != nil, !peers.values.contains(where: \.mayCall) else { return }
    departures?.resume()
    departures = nil
  }

  private func waitUntilIdle(atMost limit: Duration) async {
    let timer = Timer { [self] in
      for waiter in idle { waiter.resume() }
      idle = []
    }
    timer.arm(after: limit)
    await withCheckedContinuation { idle.append($0) }
    timer.cancel()
  }
}
