import JSON
import Loop
import SocketIO
import Wire

/// Lines that go to listeners together, encoded once for each kind of connection however many there are.
@LoopActor
final class FeedBatch {
  let lines: [FeedLine]
  /// Each entry on a line of its own (chat.md 5).
  private(set) lazy var text = encoded { bytes, line in
    bytes += line.entry
    bytes.append(0x0A)
  }
  /// Server-sent events; their ids are what a browser sends back as `Last-Event-ID`.
  private(set) lazy var events = encoded { bytes, line in
    bytes += "id: \(line.id)\ndata: ".utf8
    bytes += line.entry
    bytes += [0x0A, 0x0A]
  }

  /// Packets of Socket.IO, one for each entry.
  private(set) lazy var packets = lines.map { PreparedPacket(event: "new_msg", [RawJSON(trusted: $0.entry)]) }

  init(_ lines: [FeedLine]) { self.lines = lines }

  /// The part above an id; nil when there is none.
  func above(_ id: Int) -> FeedBatch? {
    guard let first = lines.first, first.id <= id else { return lines.isEmpty ? nil : self }
    let rest = lines.filter { $0.id > id }
    return rest.isEmpty ? nil : FeedBatch(rest)
  }

  /// Without those of some senders; nil when nothing is left.
  func without(_ senders: Set<UserID>) -> FeedBatch? {
    guard lines.contains(where: { senders.contains($0.sender) }) else { return self }
    let rest = lines.filter { !senders.contains($0.sender) }
    return rest.isEmpty ? nil : FeedBatch(rest)
  }

  private func encoded(_ append: (inout [UInt8], FeedLine) -> Void) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(lines.reduce(0) { $0 + $1.entry.count + 32 })
    for line in lines { append(&bytes, line) }
    return bytes
  }
}

/// A connection that can carry a feed. What is given to it it queues; it never waits.
@LoopActor
protocol FeedSink: AnyObject {
  /// Queues the lines in the connection's own form; answers how many bytes that was.
  func send(_ batch: FeedBatch) -> Int
  /// Queues what is no message, where the connection's protocol has a form for it.
  func send(_ notice: FeedNotice) -> Int
  /// Bytes that the system has not taken yet.
  var queuedBytes: Int { get }
  func close()
}

/// Something other than a message that listeners may be told, for kinds of connection that can tell it apart.
@LoopActor
final class FeedNotice {
  /// What a connection may be told beside messages.
  struct Kinds: OptionSet, Hashable, Sendable {
    let rawValue: Int
    /// Messages that were edited or deleted.
    static let changes = Kinds(rawValue: 1)
    /// Who is present, and who is typing.
    static let people = Kinds(rawValue: 2)
    /// Who comes and goes, in the original's words.
    static let arrivals = Kinds(rawValue: 4)
    static let each: [Kinds] = [.changes, .people, .arrivals]
  }

  /// One of them.
  let kind: Kinds
  /// Whom it is about, who need not hear it.
  let about: UserID?
  private let name: StaticString
  private let data: RawJSON
  /// A server-sent event of its own kind; without an id, so that the cursor stays.
  private(set) lazy var event = Array("event: \(name)\ndata: ".utf8) + data.bytes + [0x0A, 0x0A]

  private(set) lazy var packet = PreparedPacket(event: "\(name)", [data])

  /// A line, for those who asked for such: messages have no `event`.
  private(set) lazy var line = Array(#"{"event":"\#(name)","data":"#.utf8) + data.bytes + Array("}\n".utf8)

  init(_ name: StaticString, _ data: RawJSON, for kind: Kinds, about user: UserID? = nil) {
    self.name = name
    self.data = data
    self.kind = kind
    about = user
  }
}

/// Decides when a listener reads too slowly to be kept (chat.md 5): 256 events or 1 MiB behind.
struct Backlog: Sendable {
  static let mostEvents = 256
  static let mostBytes = 1 << 20

  private var events = 0

  /// Whether the connection may be given a further batch; `queued` bytes of earlier ones still wait.
  mutating func admits(events count: Int, bytes: Int, queued: Int) -> Bool {
    if queued == 0 { events = 0 }
    events += count
    return queued == 0 || (events <= Backlog.mostEvents && queued + bytes <= Backlog.mostBytes)
  }
}
