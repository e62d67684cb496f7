import Wire

/// What a gateway has to tell live, in order, and what it still waits to hear of.
///
/// Pure: acts and answers go in, relays and outcomes come out. While live is away acts wait, clicks and events for a
/// limited time. After any failure the gateway attaches anew; that tells which clicks were stored, and the others go
/// again, so that each counts exactly once.
struct RelayQueue {
  /// An act on its way. Tickets rise by one with each act and name it to whoever waits for its outcome.
  struct Entry: Equatable {
    let ticket: Int
    let act: Live.Act
    let since: ContinuousClock.Instant
  }

  struct Settled: Equatable {
    let ticket: Int
    let act: Live.Act
    let outcome: Live.Outcome

    /// Whether it is a click or an event that counts.
    var hasCounted: Bool {
      guard act.kind == .click || act.kind == .event else { return false }
      if case .refused = outcome { return false }
      return true
    }
  }

  /// `adrift` until live has answered an attach.
  enum State { case adrift, attaching, attached }

  /// How long a click or an event waits for a live that is away.
  static let patience = Duration.seconds(3)
  private static let relayLimit = 500
  private static let relaysAtOnce = 4

  private(set) var state = State.adrift
  private var waiting: [Entry] = []
  private var flying: [Int: [Entry]] = [:]
  private var unanswered: [(number: Int, entry: Entry)] = []
  private var nextTicket = 1
  /// What the next act to be sent is called; of one that goes again too.
  private(set) var nextNumber = 1

  /// Acts without an outcome.
  var count: Int { waiting.count + flying.values.reduce(0) { $0 + $1.count } + unanswered.count }
  var isIdle: Bool { flying.isEmpty }

  mutating func add(_ act: Live.Act, at now: ContinuousClock.Instant) -> Int {
    defer { nextTicket += 1 }
    waiting.append(Entry(ticket: nextTicket, act: act, since: now))
    return nextTicket
  }

  // MARK: - Relays

  /// The next acts to send, with the number of the first; nil when nothing waits or enough is on its way.
  mutating func nextRelay() -> (first: Int, acts: [Live.Act])? {
    guard state == .attached, !waiting.isEmpty, flying.count < RelayQueue.relaysAtOnce else { return nil }
    let entries = Array(waiting.prefix(RelayQueue.relayLimit))
    waiting.removeFirst(entries.count)
    let first = nextNumber
    nextNumber += entries.count
    flying[first] = entries
    return (first, entries.map(\.act))
  }

  /// The outcomes of a relay; nothing for one that was given up meanwhile.
  mutating func answered(_ first: Int, _ outcomes: [Live.Outcome]) -> [Settled] {
    guard let entries = flying.removeValue(forKey: first) else { return [] }
    return zip(entries, outcomes).map { Settled(ticket: $0.ticket, act: $0.act, outcome: $1) }
  }

  // MARK: - Failures

  /// Live did not answer, or events may have been missed: nothing more is sent before an attach.
  mutating func lost() {
    guard state != .adrift else { return }
    state = .adrift
    for (first, entries) in flying.sorted(by: { $0.key < $1.key }) {
      for (place, entry) in entries.enumerated() { unanswered.append((first + place, entry)) }
    }
    flying = [:]
  }

  /// The numbers of the clicks nobody knows the outcome of; an attach asks for them.
  mutating func attach() -> [Int] {
    state = .attaching
    return unanswered.filter { $0.entry.act.kind == .click }.map(\.number)
  }

  /// Live knows the gateway's connections now, and has said which clicks it has. The others go again, before whatever
  /// waits. Of an event nobody can tell; a leave or a connect is in what the attach told.
  mutating func attached(stored: Set<Int>) -> [Settled] {
    guard state == .attaching else { return [] }
    state = .attached
    var settled: [Settled] = []
    var again: [Entry] = []
    for (number, entry) in unanswered {
      switch entry.act.kind {
      case .click where stored.contains(number): settled.append(RelayQueue.settle(entry, .done))
      case .event: settled.append(RelayQueue.settle(entry, .refused(.unavailable)))
      case .connect, .leave: settled.append(RelayQueue.settle(entry, .done))
      case .click, .auth, .watch: again.append(entry)
      }
    }
    unanswered = []
    waiting = again + waiting
    return settled
  }

  /// Clicks and events that have waited too long to be sent at all.
  mutating func expire(at now: ContinuousClock.Instant) -> [Settled] {
    guard state != .attached else { return [] }
    var settled: [Settled] = []
    waiting.removeAll { entry in
      guard entry.act.kind == .click || entry.act.kind == .event else { return false }
      guard now - entry.since > RelayQueue.patience else { return false }
      settled.append(RelayQueue.settle(entry, .refused(.unavailable)))
      return true
    }
    return settled
  }

  private static func settle(_ entry: Entry, _ outcome: Live.Outcome) -> Settled {
    Settled(ticket: entry.ticket, act: entry.act, outcome: outcome)
  }
}
