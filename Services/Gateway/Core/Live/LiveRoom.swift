import Bus
import HTTP
import JSON
import Loop
import Security
import SocketIO
import Wire

/// The counter's sockets: tells live what happens on them, and shows them what live announces.
@LoopActor
final class LiveRoom {
  /// So many acts of one client may be open; then its next one waits, and with it what the client sends.
  private static let openActs = 256

  let server: SocketIOServer
  private let namespace: Namespace
  private let floodLimit: FloodGuard.Limit?
  private let report: @LoopActor (GatewayEvent) -> Void
  private let changed: @LoopActor () -> Void
  private let line: LiveLine
  private let guests: Guests
  private let listeners = LiveListeners()

  /// `changed` is called before anybody is shown what counts, or is told that it does.
  init(
    _ live: BusClient,
    _ settings: LiveSettings,
    changed: @escaping @LoopActor () -> Void,
    report: @escaping @LoopActor (GatewayEvent) -> Void
  ) {
    self.changed = changed
    self.report = report
    floodLimit = settings.floodLimit
    let guests = Guests()
    self.guests = guests
    // Within 2^53, so that any JSON reader keeps it as it is.
    let gateway = Int.random(in: 1..<(1 << 53))
    line = LiveLine(live, gateway: gateway, seats: { guests.list() }) { settled in
      if settled.hasCounted { changed() }
      guests.settle(settled)
    }
    server = SocketIOServer(settings.engine) { report(.socket($0)) }
    namespace = server.namespace()
  }

  func start() {
    namespace.connect = { socket, _ in
      socket.received = { await self.received($0, from: socket) }
      socket.left = { _ in self.left(socket) }
      return .accept
    }
    namespace.joined = { self.joined($0) }
    line.start { self.show($0) }
  }

  /// Takes no new client and lets go of all there are, who come back to another process; then live has heard of it.
  func drain(within limit: Duration) async {
    await server.stop(within: limit)
    listeners.end()
    let limit = ContinuousClock.now + .seconds(1)
    while line.openActs > 0, ContinuousClock.now < limit { try? await pause(for: .milliseconds(5)) }
    line.end()
  }

  // MARK: - What clients do

  private func joined(_ socket: Socket) {
    let guest = guests.add(socket, address: LiveRoom.hidden(socket.address))
    socket.context = guest
    _ = line.tell(Live.Act(.connect, on: guest.number, address: guest.seat.address))
  }

  private func left(_ socket: Socket) {
    guard let guest = socket.context as? Guest else { return }
    guests.remove(guest)
    _ = line.tell(Live.Act(.leave, on: guest.number))
  }

  private func received(_ message: SocketMessage, from socket: Socket) async {
    guard let guest = socket.context as? Guest else { return }
    if let floodLimit, guest.flood.isFlooded(floodLimit, at: .now) {
      report(.flooded)
      return socket.close()
    }
    guard let kind = LiveRoom.kinds[message.name] else { return }
    let act = Live.Act(kind, on: guest.number, arguments: LiveRoom.array(message.arguments))
    if message.wantsReply { message.replyLater() }
    guest.open(line.tell(act), message.wantsReply ? message : nil)
    if guest.openCount >= LiveRoom.openActs { await guest.hasRoom() }
  }

  private static let kinds: [String: Live.Act.Kind] = ["auth": .auth, "click": .click, "event": .event]

  private static func array(_ values: [RawJSON]) -> RawJSON {
    var writer = JSONWriter(reserving: 16 + values.reduce(0) { $0 + $1.bytes.count })
    writer.beginArray()
    for value in values { writer.raw(value) }
    writer.endArray()
    return writer.raw
  }

  /// An address as live gets it: good for counting, not for reading.
  private static func hidden(_ address: String) -> String { String(Hex.encode(SHA256.digest(address)).prefix(16)) }

  // MARK: - What everybody is shown

  /// What lists and counters are made of; the others say who is there.
  private static let counting: Set<Live.Item.Kind> = [.stats, .click, .event]

  private func show(_ feed: Live.Feed) {
    if feed.items.contains(where: { LiveRoom.counting.contains($0.kind) }) { changed() }
    for item in feed.items {
      switch item.audience {
      case .everybody: showAll(item)
      case .gateway(let gateway):
        guard gateway == line.gateway else { continue }
        guests.seatListed()
        showAll(item)
      case .connection(let number, let gateway): if gateway == line.gateway { showOne(item, number) }
      }
    }
  }

  private func showAll(_ item: Live.Item) {
    guests.show(PreparedPacket(event: item.kind.rawValue, [item.argument]), in: namespace)
    listeners.show(item)
  }

  private func showOne(_ item: Live.Item, _ number: Int) {
    if let guest = guests[number] {
      guests.seat(guest)
      guest.socket.emit(item.kind.rawValue, [item.argument])
    } else {
      listeners.show(item, to: number)
    }
  }

  /// Follows the counter as server-sent events; nil when there are too many who do.
  func listen() -> BodyStream? {
    guard !listeners.isFull else { return nil }
    let number = guests.nextNumber()
    let stream = listeners.add(number)
    _ = line.tell(Live.Act(.watch, on: number))
    return stream
  }
}
