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

  /// In the order of their coming.
  var seats: [Live.Seat] { guests.values.map(\.seat).sorted { $0.connection < $1.connection } }

  func add(_ socket: Socket, address: String) -> Guest {
    let guest = Guest(socket, Live.Seat(connection: nextNumber(), address: address))
    guests[guest.number] = guest
    return guest
  }

  func remove(_ guest: Guest) { guests[guest.number] = nil }

  func settle(_ settled: RelayQueue.Settled) { guests[settled.act.connection]?.settle(settled) }

  /// A number that no connection of this gateway has had.
  func nextNumber() -> Int {
    last += 1
    return last
  }
}
