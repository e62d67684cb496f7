import Wire

/// One message on its way to listeners.
struct FeedLine: Sendable, Equatable {
  let id: Int
  /// The id of the room's message before it, 0 for the first.
  let previous: Int
  let sender: UserID
  /// A history entry.
  let entry: [UInt8]
}

/// Brings the messages of one room into their order, each once, from two sources: events, which may come doubled, late
/// or not at all, and pages of the store, which are complete but have to be asked for.
///
/// Pure: events and pages go in, what is to be delivered and what is to be read comes out. Listeners who return join
/// by `since`: the lines that came while their last page was on its way are kept for them.
struct RoomFeed: Sendable {
  /// What to do next: deliver the lines, then read the page above an id, if there is one.
  struct Step: Sendable, Equatable {
    var lines: [FeedLine] = []
    var readAfter: Int?
  }

  /// Bounds of what is kept for those who join, and of what waits for a page; beyond them pages are read again.
  static let mostKept = 512
  static let mostKeptBytes = 512 << 10

  /// The last id that was delivered; nil until an event or a page has said where the room stands.
  private(set) var last: Int?
  private var recent: [FeedLine] = []
  private var recentBytes = 0
  /// Every delivered line above this id is in `recent`.
  private var recentAfter = 0
  private var joining = 0
  private var held: [FeedLine] = []
  private(set) var isReading = false
  private var mustReadAgain = false

  // MARK: - From the bus

  mutating func posted(_ line: FeedLine) -> Step {
    guard let last else { return Step(lines: [deliver(line)]) }
    guard line.id > last else { return Step() }
    if isReading {
      if held.count < RoomFeed.mostKept { held.append(line) } else { mustReadAgain = true }
      return Step()
    }
    guard line.previous <= last else {
      held = [line]
      return read(after: last)
    }
    return Step(lines: [deliver(line)])
  }

  /// Events may have been missed.
  mutating func interrupted() -> Step {
    mustReadAgain = true
    return settle()
  }

  /// Makes good an interruption that came before anybody knew where the room stands; to be called after each join.
  mutating func settle() -> Step {
    guard mustReadAgain, !isReading, let last else { return Step() }
    mustReadAgain = false
    return read(after: last)
  }

  private mutating func read(after id: Int) -> Step {
    isReading = true
    return Step(readAfter: id)
  }

  // MARK: - From the store

  /// Takes the page that `readAfter` asked for.
  mutating func page(_ lines: [FeedLine], through: Int, hasMore: Bool) -> Step {
    var step = Step()
    for line in lines where line.id > last ?? 0 { step.lines.append(deliver(line)) }
    last = max(last ?? 0, through)
    if hasMore || mustReadAgain {
      if !hasMore { mustReadAgain = false }
      step.readAfter = last
      return step
    }
    isReading = false
    let waiting = held.sorted { $0.id < $1.id }
    held = []
    for line in waiting {
      let next = posted(line)
      step.lines += next.lines
      step.readAfter = next.readAfter ?? step.readAfter
    }
    return step
  }

  private mutating func deliver(_ line: FeedLine) -> FeedLine {
    if last == nil { recentAfter = line.previous }
    last = line.id
    keep(line)
    return line
  }

  // MARK: - Those who join

  /// Somebody is about to read pages: from now on lines are kept.
  mutating func beginJoin() {
    if joining == 0, let last { recentAfter = last }
    joining += 1
  }

  mutating func endJoin() {
    joining -= 1
    guard joining == 0 else { return }
    recent = []
    recentBytes = 0
  }

  /// What was delivered above an id up to which the joiner has everything: from then on it may be served with the others,
  /// who must not be given what is not above its own last id. Nil when another page must be read first.
  mutating func since(_ id: Int) -> [FeedLine]? {
    guard let last else {
      self.last = id
      recentAfter = id
      return []
    }
    if id >= last { return [] }
    return id >= recentAfter ? recent.filter { $0.id > id } : nil
  }

  private mutating func keep(_ line: FeedLine) {
    guard joining > 0 else { return }
    recent.append(line)
    recentBytes += line.entry.count
    guard recent.count > RoomFeed.mostKept || recentBytes > RoomFeed.mostKeptBytes else { return }
    // Half at once, so that a busy room does not move the rest with each line.
    let surplus = recent.count / 2 + 1
    recentAfter = recent[surplus - 1].id
    recentBytes -= recent[..<surplus].reduce(0) { $0 + $1.entry.count }
    recent.removeFirst(surplus)
  }
}
