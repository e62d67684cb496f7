public import JSON
public import Loop

/// One client in one namespace.
@LoopActor
public final class Socket {
  public let id: String
  public let namespace: Namespace
  /// Whatever the application keeps with it.
  public var context: AnyObject?
  /// Called with each event, one after the other: the next waits for this one to return. A client whose events pile up is
  /// not read from until they are fewer.
  public var received: @LoopActor (SocketMessage) async -> Void = { _ in }
  /// Called once for each socket that was accepted, after its last event was handled.
  public var left: @LoopActor (DisconnectReason) -> Void = { _ in }

  /// Where the namespace keeps it; nil unless it has joined.
  var index: Int?
  /// Where the namespace keeps it among those that are sent everything by themselves.
  var soloIndex: Int?
  private let client: SocketClient
  private var isOver = false
  private var end: DisconnectReason?
  private var early: [PreparedPacket] = []
  private var inbox: [SocketMessage] = []
  private var handled = 0
  /// A task takes from the inbox, or the application has not decided yet.
  private var isBusy = true
  private var awaited: [Int: @LoopActor (SocketReply?) -> Void] = [:]
  private var nextID = 0

  /// Replies that a client may owe at a time.
  private static let maximumAwaited = 1000

  init(_ id: String, _ namespace: Namespace, _ client: SocketClient) {
    self.id = id
    self.namespace = namespace
    self.client = client
  }

  var session: EngineSession { client.session }
  public var revision: EngineRevision { client.session.revision }
  /// The address that its handshake was counted by.
  public var address: String { client.session.address }
  public var isConnected: Bool { index != nil }

  // MARK: - Out

  /// Sends an event; a socket that has left forgets it.
  public func emit(_ name: String, _ arguments: [RawJSON], attachments: [[UInt8]] = []) {
    guard !isOver else { return }
    send(PreparedPacket(event: name, arguments, namespace: namespace.name, attachments: attachments))
  }

  /// Sends an event and calls back with the client's reply, or with nil when the client goes before it, or owes too many.
  public func emit(
    _ name: String,
    _ arguments: [RawJSON],
    attachments: [[UInt8]] = [],
    acknowledged: @escaping @LoopActor (SocketReply?) -> Void
  ) {
    guard !isOver, awaited.count < Socket.maximumAwaited else { return acknowledged(nil) }
    awaited[nextID] = acknowledged
    send(PreparedPacket.event(name, arguments, namespace.name, id: nextID, attachments))
    nextID += 1
  }

  /// Sends what was prepared for this socket's namespace.
  public func send(_ packet: PreparedPacket) {
    guard index != nil else {
      if !isOver { early.append(packet) }
      return
    }
    for message in packet.messages { client.session.send(message) }
  }

  /// Makes it leave its namespace. Clients take that as final and do not come back by themselves.
  public func disconnect() { client.expel(self) }

  /// Ends the client's whole session without a word; it will connect again.
  public func close() { client.session.close() }

  // MARK: - In

  func replied(_ id: Int, _ reply: SocketReply) {
    awaited.removeValue(forKey: id)?(reply)
  }

  func take(_ message: SocketMessage) {
    guard inbox.count - handled < SocketClient.throng else { return close() }
    inbox.append(message)
    if inbox.count - handled >= SocketClient.crowd { client.session.pause() }
    work()
  }

  private func work() {
    guard !isBusy else { return }
    isBusy = true
    onLoop { await self.handleAll() }
  }

  private func handleAll() async {
    while handled < inbox.count {
      let message = inbox[handled]
      handled += 1
      await received(message)
      message.replyIfDue()
      if inbox.count - handled == SocketClient.crowd / 4 { client.session.resume() }
    }
    inbox = []
    handled = 0
    isBusy = false
    tellEnd()
  }

  // MARK: - Life

  /// The application has accepted it, and its CONNECT is queued.
  func join() {
    namespace.add(self)
    let packets = early
    early = []
    for packet in packets { send(packet) }
    namespace.joined(self)
    isBusy = false
    if inbox.isEmpty { tellEnd() } else { work() }
  }

  /// The application has refused it, or nobody waits for its answer any more.
  func drop(accepted: Bool) {
    isBusy = false
    isOver = true
    inbox = []
    if accepted { tellEnd() }
  }

  /// It is no longer in its namespace.
  func leave(_ reason: DisconnectReason) {
    guard !isOver else { return }
    isOver = true
    end = reason
    early = []
    namespace.remove(self)
    let waiting = awaited
    awaited = [:]
    for acknowledged in waiting.values { acknowledged(nil) }
    tellEnd()
  }

  private func tellEnd() {
    guard !isBusy, let end else { return }
    self.end = nil
    let left = left
    received = { _ in }
    self.left = { _ in }
    left(end)
  }
}
