import Loop

/// The connections that have something to send at the end of this turn.
@LoopActor
enum Flush {
  private static var waiting: [WebSocketConnection] = []

  static func add(_ connection: WebSocketConnection) {
    connection.isInFlush = true
    waiting.append(connection)
    if waiting.count == 1 { EventLoop.shared.atTurnEnd { LoopActor.assumeIsolated { run() } } }
  }

  /// A write that fails ends its connection, upon which others may get something to send: they come on a new list.
  private static func run() {
    let connections = waiting
    waiting.removeAll(keepingCapacity: true)
    for connection in connections {
      connection.isInFlush = false
      connection.flush()
    }
  }
}

/// Readers that nobody uses at the moment; a loop needs few, since most messages come in one piece.
@LoopActor
enum ReaderStock {
  private static var readers: [FrameReader] = []

  static func take(_ limits: WebSocketLimits) -> FrameReader {
    let reader = readers.popLast() ?? FrameReader(.server)
    reader.bound(limits)
    return reader
  }

  static func give(_ reader: FrameReader) {
    if readers.count < 16 { readers.append(reader) }
  }
}

extension FrameWriter {
  /// The server's writer of this loop.
  @LoopActor public static let shared = FrameWriter(.server)
}

/// Streams that said goodbye and wait for their peers to do so, two seconds at most.
@LoopActor
enum Farewell {
  private static var leaving: [(stream: TCPStream, deadline: Int64)] = []
  private static let timer = Timer { look() }

  static func watch(_ stream: TCPStream) {
    leaving.append((stream, EventLoop.milliseconds + 2000))
    if leaving.count == 1 { timer.arm(after: .milliseconds(500)) }
  }

  /// The deadlines stand in the order they were made.
  private static func look() {
    let now = EventLoop.milliseconds
    let due = leaving.prefix { $0.deadline <= now || !$0.stream.isOpen }
    for one in due { one.stream.close() }
    leaving.removeFirst(due.count)
    if !leaving.isEmpty { timer.arm(after: .milliseconds(500)) }
  }
}
