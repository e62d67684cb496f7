import Loop

/// Clicks at a steady rate or as fast as they are acknowledged, while every socket counts what it is shown.
@LoopActor
final class Load {
  private static let tick = Duration.milliseconds(5)
  /// Clicks without an acknowledgement, where the rate is whatever can be had.
  private static let window = 256

  private var listeners: [Listener]
  private let rate: Int
  /// Makes a new socket for one that was closed; nil where that is the end of the socket.
  private let again: (@LoopActor () async throws -> Listener)?
  /// Clicks of each socket without an answer.
  private var open: [Int]
  private var sentAt: [ContinuousClock.Instant] = []
  private(set) var shown = 0
  private(set) var counted = 0
  private(set) var refused = 0
  /// Clicks whose sockets were closed before the answer.
  private(set) var unknown = 0
  private(set) var returned = 0
  private(set) var deliveries = Delays()
  private(set) var answers = Delays()
  private var isSending = true

  var sent: Int { sentAt.count }
  var lost: Int { listeners.filter { !$0.isOpen }.count }
  var missing: Int { counted * listeners.count - shown }

  /// A rate of 0 is as fast as can be.
  init(_ listeners: [Listener], rate: Int, again: (@LoopActor () async throws -> Listener)? = nil) {
    self.listeners = listeners
    self.rate = rate
    self.again = again
    open = listeners.map { _ in 0 }
    for place in listeners.indices { follow(place) }
  }

  private func follow(_ place: Int) {
    listeners[place].clicked = { self.clicked($0) }
    listeners[place].acknowledged = { self.acknowledged($0, $1, at: place) }
    listeners[place].closed = { self.closed(place) }
  }

  /// Tries to come back until it has, as clients do.
  private func closed(_ place: Int) {
    unknown += open[place]
    open[place] = 0
    guard let again else { return }
    onLoop {
      while self.isSending {
        try? await pause(for: .milliseconds(100))
        guard let listener = try? await again(), listener.isOpen else { continue }
        self.listeners[place] = listener
        self.follow(place)
        self.returned += 1
        return
      }
    }
  }

  /// Who was away for a while has not been shown everything.
  private var isUnsettled: Bool { counted + refused + unknown < sent || (missing > 0 && again == nil) }

  /// Clicks for so long, then waits until all is shown, at most ten seconds.
  func run(for span: Duration) async throws {
    let start = ContinuousClock.now
    while case let now = ContinuousClock.now, now - start < span {
      let due = rate == 0 ? counted + refused + Load.window : Int((now - start) / .seconds(1) * Double(rate))
      while sent < due, click() {}
      try await pause(for: Load.tick)
    }
    isSending = false
    let limit = ContinuousClock.now + .seconds(10)
    while isUnsettled, ContinuousClock.now < limit { try await pause(for: Load.tick) }
  }

  /// False when no socket is open.
  @discardableResult
  private func click() -> Bool {
    let number = sentAt.count
    let places = (0..<listeners.count).lazy.map { (number + $0) % self.listeners.count }
    guard let place = places.first(where: { listeners[$0].isOpen }) else { return false }
    sentAt.append(.now)
    open[place] += 1
    listeners[place].send(#"42\#(number)["click",{"user":"Load","comment":"\#(number)"}]"#)
    return true
  }

  private func clicked(_ number: Int) {
    shown += 1
    if number < sentAt.count { deliveries.add(.now - sentAt[number]) }
  }

  private func acknowledged(_ number: Int, _ counts: Bool, at place: Int) {
    open[place] -= 1
    if counts { counted += 1 } else { refused += 1 }
    if number < sentAt.count { answers.add(.now - sentAt[number]) }
    if rate == 0, isSending { click() }
  }
}
