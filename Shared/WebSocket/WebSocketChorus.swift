public import Loop

/// Connections that are told the same: what one turn says to all is joined once, and leaves at the turn's end with one
/// system call for each.
///
/// What one of them is sent for itself alone keeps its place among what all are sent. Who is told what stands in a row of
/// plain numbers: a broadcast to thousands does not touch the connections themselves, which would cost it more than the
/// system calls' own preparation, but where something waits already.
@LoopActor
public final class WebSocketChorus {
  /// A member as the writer sees it.
  struct Place {
    let descriptor: Int32
    /// Nothing waits for it, so that it can be written to.
    var isClear = true
    /// The turn in which it got frames ahead of the others, and how many.
    var turn = 0
    var taken = 0
  }

  private var members: [WebSocketConnection] = []
  private var places: [Place] = []
  /// What is said in this turn, its frames one by one and all of them joined.
  private var frames: [[UInt8]] = []
  private var ends: [Int] = []
  private var joined: [UInt8] = []
  private var turn = 0

  public init() {}

  public var count: Int { members.count }

  /// Makes an open connection a member until it closes or leaves; false when it is one elsewhere.
  public func add(_ connection: WebSocketConnection) -> Bool {
    guard connection.isOpen, connection.chorus == nil else { return false }
    connection.chorus = self
    connection.place = members.count
    members.append(connection)
    places.append(
      Place(descriptor: connection.stream.descriptor, isClear: connection.isClear, turn: turn, taken: frames.count)
    )
    return true
  }

  /// Lets a member go, which still gets what was said before; others are left alone.
  public func remove(_ connection: WebSocketConnection) {
    guard connection.chorus === self else { return }
    if connection.isOpen { catchUp(connection) }
    guard connection.chorus === self else { return }
    connection.chorus = nil
    let (last, place) = (members.removeLast(), places.removeLast())
    guard last !== connection else { return }
    members[connection.place] = last
    places[connection.place] = place
    last.place = connection.place
  }

  /// So much is written without waiting for the turn's end.
  private static let eagerBytes = 65_536

  /// Sends a frame of `FrameWriter.shared` to all.
  public func send(frame: [UInt8]) {
    guard !members.isEmpty else { return }
    frames.append(frame)
    joined.append(contentsOf: frame)
    ends.append(joined.count)
    if joined.count > WebSocketChorus.eagerBytes { return flush() }
    if frames.count == 1 { EventLoop.shared.atTurnEnd { LoopActor.assumeIsolated { self.flush() } } }
  }

  // MARK: - One by one

  /// Puts what was said so far before what the member is sent next.
  func catchUp(_ connection: WebSocketConnection) {
    guard !frames.isEmpty else { return }
    let from = places[connection.place].turn == turn ? places[connection.place].taken : 0
    places[connection.place].turn = turn
    places[connection.place].taken = frames.count
    for frame in frames[from...] { connection.enqueue(frame) }
  }

  func setClear(_ isClear: Bool, _ connection: WebSocketConnection) { places[connection.place].isClear = isClear }

  // MARK: - All at once

  /// A member that could not be written to, or took only a part.
  private struct Straggler {
    let connection: WebSocketConnection
    let from: Int
    let sent: Int?
  }

  private func flush() {
    guard !frames.isEmpty else { return }
    var (frames, ends, joined): ([[UInt8]], [Int], [UInt8]) = ([], [], [])
    swap(&frames, &self.frames)
    swap(&ends, &self.ends)
    swap(&joined, &self.joined)
    let stragglers = joined.withUnsafeBytes { write($0, ends) }
    turn += 1
    // These may end connections, and what that leads to may change the row: hence not before all others have theirs.
    for one in stragglers where one.connection.isOpen {
      if let sent = one.sent {
        joined.withUnsafeBytes { one.connection.writeRest(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
      } else {
        for frame in frames[one.from...] { one.connection.enqueue(frame) }
      }
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, _ ends: [Int]) -> [Straggler] {
    var stragglers: [Straggler] = []
    for index in places.indices {
      let place = places[index]
      let from = place.turn == turn ? place.taken : 0
      guard from < ends.count else { continue }
      guard place.isClear else {
        stragglers.append(Straggler(connection: members[index], from: from, sent: nil))
        continue
      }
      let start = from == 0 ? 0 : ends[from - 1]
      let sent = TCPStream.offer(UnsafeRawBufferPointer(rebasing: bytes[start...]), to: place.descriptor)
      guard start + sent < bytes.count else { continue }
      stragglers.append(Straggler(connection: members[index], from: from, sent: start + sent))
    }
    return stragglers
  }
}
