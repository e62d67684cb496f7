import JSON
import Loop
import SocketIO
import Wire

/// A connected client of the counter, and what its gateway must know to make it known again.
@LoopActor
final class Guest {
  let socket: Socket
  private(set) var seat: Live.Seat
  var flood = FloodGuard()
  /// How far live has got to know it. Only `seated` are shown what everybody is: it comes behind the stats that it changes.
  enum Standing { case new, listed, seated }
  fileprivate(set) var standing = Standing.new
  /// The acts without an outcome, and those of them that the client waits for.
  private var open: [Int: SocketMessage?] = [:]
  private var waiter: CheckedContinuation<Void, Never>?

  var number: Int { seat.connection }
  var openCount: Int { open.count }

  init(_ socket: Socket, _ seat: Live.Seat) {
    self.socket = socket
    self.seat = seat
  }

  func open(_ ticket: Int, _ message: SocketMessage?) { open[ticket] = .some(message) }

  /// Waits for an outcome.
  func hasRoom() async {
    await withCheckedContinuation { waiter = $0 }
  }

  /// Remembers what an act made of the client, and tells it if it asked.
  func settle(_ settled: RelayQueue.Settled) {
    guard let message = open.removeValue(forKey: settled.ticket) else { return }
    waiter?.resume()
    waiter = nil
    switch settled.outcome {
    case .refused(let refusal): message?.reply([.object { $0.member("error", refusal.rawValue) }])
    case .named(let name):
      seat.name = name
      count(settled.act.kind)
      message?.reply([])
    case .done:
      count(settled.act.kind)
      message?.reply([])
    }
  }

  private func count(_ kind: Live.Act.Kind) {
    switch kind {
    case .click: seat.clicks += 1
    case .event: seat.events += 1
    case .connect, .watch, .leave, .auth: break
    }
  }
}

/// Everybody connected to this gateway, by number.
@LoopActor
final class Guests {
  private var guests: [Int: Guest] = [:]
  private var last = 0

  subscript(number: Int) -> Guest? { guests[number] }

  /// How many live does not know yet.
  private var strangers = 0

  /// Everybody, in the order of their coming, to be made known to live; its next word to the gateway seats them.
  func list() -> [Live.Seat] {
    for guest in guests.values where guest.standing == .new { guest.standing = .listed }
    return guests.values.map(\.seat).sorted { $0.connection < $1.connection }
  }

  func seatListed() {
    guard strangers > 0 else { return }
    for guest in guests.values where guest.standing == .listed { seat(guest) }
  }

  func seat(_ guest: Guest) {
    if guest.standing != .seated { strangers -= 1 }
    guest.standing = .seated
  }

  /// Sends to all who are seated.
  func show(_ packet: PreparedPacket, in namespace: Namespace) {
    if strangers == 0 { return namespace.broadcast(packet) }
    for guest in guests.values where guest.standing == .seated { guest.socket.send(packet) }
  }

  func add(_ socket: Socket, address: String) -> Guest {
    let guest = Guest(socket, Live.Seat(connection: nextNumber(), address: address))
    guests[guest.number] = guest
    strangers += 1
    return guest
  }

  func remove(_ guest: Guest) {
    guests[guest.number] = nil
    if guest.standing != .seated { strangers -= 1 }
  }

  func settle(_ settled: RelayQueue.Settled) { guests[settled.act.connection]?.settle(settled) }

  /// A number that no connection of this gateway has had.
  func nextNumber() -> Int {
    last += 1
    return last
  }
}
