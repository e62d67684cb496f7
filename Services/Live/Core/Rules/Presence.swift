import Wire

/// Who is connected to which gateway.
///
/// A gateway counts while it is heard from: one that crashed leaves no ghosts behind.
struct Presence {
  struct Seat {
    /// The order of coming, over all gateways.
    let arrival: Int
    let address: String
    var name: String?
    /// The name it has shown the token of.
    var proven: String?
    /// What was counted since the connect.
    var session = Tally()
    var clicks = Bucket()
    var events = Bucket()
    var names = Bucket()

    mutating func takeBack(_ tally: Tally) {
      session.clicks = max(0, session.clicks - tally.clicks)
      session.events = max(0, session.events - tally.events)
    }
  }

  private struct Gateway {
    var seats: [Int: Seat] = [:]
    var heard: Instant
    /// The highest number of its acts that was heard or given up.
    var lastAct: Int
  }

  private var gateways: [Int: Gateway] = [:]
  private var arrivals = 0
  private var looked: Instant?
  /// All who are connected, named or not.
  private(set) var count = 0

  subscript(seat: SeatID) -> Seat? {
    get { gateways[seat.gateway]?.seats[seat.connection] }
    _modify {
      // A seat of nobody is written to nobody.
      var nobody: Seat?
      if gateways[seat.gateway] == nil {
        yield &nobody
      } else {
        yield &gateways[seat.gateway]!.seats[seat.connection]
      }
    }
  }

  /// False when the gateway must attach: it is unknown, or of its acts something came before in another order; the bus may
  /// bring a relay to the next copy that was meant for the one before. Else it counts as alive.
  mutating func hear(_ gateway: Int, acts: Range<Int> = 0..<0, at now: Instant) -> Bool {
    guard let last = gateways[gateway]?.lastAct, acts.isEmpty || acts.lowerBound > last else { return false }
    gateways[gateway]?.heard = now
    if let act = acts.last { gateways[gateway]?.lastAct = act }
    return true
  }

  /// False when it is there already, or its gateway is not.
  mutating func add(_ seat: SeatID, _ address: String) -> Bool {
    guard gateways[seat.gateway] != nil, self[seat] == nil else { return false }
    let newcomer = Seat(arrival: nextArrival(), address: address)
    gateways[seat.gateway]?.seats[seat.connection] = newcomer
    count += 1
    return true
  }

  mutating func remove(_ seat: SeatID) -> Seat? {
    guard let gone = gateways[seat.gateway]?.seats.removeValue(forKey: seat.connection) else { return nil }
    count -= 1
    return gone
  }

  /// Whoever was known before keeps place and limits. Acts below `next` come too late from now on: their gateway sends again
  /// what of them was not stored.
  mutating func attach(_ gateway: Int, _ list: [Live.Seat], next: Int? = nil, at now: Instant) {
    let known = gateways[gateway]?.seats ?? [:]
    var seats: [Int: Seat] = [:]
    for entry in list {
      var seat = known[entry.connection] ?? Seat(arrival: nextArrival(), address: entry.address)
      seat.name = entry.name
      // A gateway knows names from live, which had the token when it was needed.
      seat.proven = entry.name
      seat.session = Tally(clicks: max(0, entry.clicks), events: max(0, entry.events))
      seats[entry.connection] = seat
    }
    gateways[gateway] = Gateway(seats: seats, heard: now, lastAct: next.map { $0 - 1 } ?? Int.min)
    count += seats.count - known.count
  }

  /// Removes gateways that have been silent for a lease, and answers who was there.
  ///
  /// When this look itself comes late, the process was held up and could not have heard anybody: all get a new lease.
  mutating func expire(lease: Duration, at now: Instant) -> [Seat] {
    defer { looked = now }
    if let looked, now - looked > lease / 2 {
      for gateway in gateways.keys { gateways[gateway]?.heard = now }
      return []
    }
    var gone: [Seat] = []
    for (gateway, entry) in gateways where now - entry.heard > lease {
      gone += entry.seats.values.sorted { $0.arrival < $1.arrival }
      gateways[gateway] = nil
    }
    count -= gone.count
    return gone
  }

  /// A second from the last look, while there are gateways.
  func nextLook(after now: Instant) -> Instant? {
    gateways.isEmpty ? nil : (looked ?? now) + .seconds(1)
  }

  /// In the order of coming.
  var seats: [Seat] { gateways.values.flatMap(\.seats.values).sorted { $0.arrival < $1.arrival } }

  private mutating func nextArrival() -> Int {
    arrivals += 1
    return arrivals
  }
}
