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
  private var peers: [ObjectIdentifier: BusPeer] = [:]
  private var idle: [CheckedContinuation<Void, Never>] = []
  let notice: @LoopActor (BusNotice) -> Void
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

  func forget(_ peer: BusPeer) { peers[ObjectIdentifier(peer)] = nil }

  func begin() -> Bool {
    guard activeCalls < BusServer.callLimit else { return false }
    activeCalls += 1
    return true
  }

  func end() {
    activeCalls -= 1
    guard activeCalls == 0 else { return }
    for waiter in idle { waiter.resume() }
    idle = []
  }

  /// Takes no new connection, lets the calls under way finish for at most `limit`, then closes all connections.
  public func drain(within limit: Duration) async {
    listener?.close()
    if activeCalls > 0 { await waitUntilIdle(atMost: limit) }
    for peer in peers.values { peer.closeAfterWrites() }
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
