public import HTTP
public import Loop

/// One open WebSocket of a server: messages come in by callback, frames go out joined, one write for all that wait.
///
/// An idle connection holds a socket and a few words: it borrows a reader while a message is on its way, and its queue is
/// empty. It keeps itself alive until it is closed.
@LoopActor
public final class WebSocketConnection {
  /// Why a connection is over.
  public enum End: Sendable, Equatable {
    /// The peer said so, with its code; `.abnormal` when it just went.
    case peer(CloseCode)
    /// This side closed it.
    case closed
    /// The peer broke the protocol or a limit, and was told this code.
    case violation(CloseCode)
    /// It read so slowly that too much waited for it.
    case overflow
  }

  /// Called with each message, one after the other.
  public var received: @LoopActor (WebSocketMessage) -> Void = { _ in }
  /// Called once; nothing is called after it.
  public var closed: @LoopActor (End) -> Void = { _ in }
  public private(set) var isOpen = true
  /// Frames and bytes that wait because the peer is slow.
  public var queuedFrames: Int { queue.count }
  public var queuedBytes: Int { queue.bytes + stream.queuedBytes }

  let stream: TCPStream
  private let limits: WebSocketLimits
  private var queue = FrameQueue()
  private var reader: FrameReader?
  private var isPaused = false
  /// What came behind a pause, or before `start`.
  private var held: [WebSocketMessage] = []
  /// The peer's end, which came behind what is held.
  private var heldEnd: FrameReader.End?
  private var early: [UInt8]
  /// Whether its frames leave at the end of this turn.
  var isInFlush = false
  /// Those it is told the same as, and where it stands among them.
  var chorus: WebSocketChorus?
  var place = 0

  /// Takes the socket over; nil when the system will not have it, which has closed it then. Nothing is read before `start`.
  public init?(_ socket: UpgradedSocket, limits: WebSocketLimits = WebSocketLimits()) {
    guard let stream = try? TCPStream.adopt(descriptor: socket.descriptor) else { return nil }
    self.stream = stream
    self.limits = limits
    early = socket.early
    stream.pauseReading()
  }

  /// Begins to read; to be called once `received` and `closed` are set.
  public func start() {
    stream.received = { self.take($0) }
    stream.closed = { _ in self.finish(.peer(.abnormal)) }
    stream.drained = { self.flush() }
    stream.resumeReading()
    guard !early.isEmpty else { return }
    let bytes = early
    early = []
    bytes.withUnsafeBytes { take($0) }
  }

  // MARK: - Input

  private func take(_ bytes: UnsafeRawBufferPointer) {
    guard isOpen else { return }
    let reader = self.reader ?? ReaderStock.take(limits)
    let result = reader.read(bytes)
    self.reader = reader.isAtRest ? nil : reader
    if reader.isAtRest { ReaderStock.give(reader) }
    deliver(result.messages)
    guard isOpen else { return }
    if !result.reply.isEmpty { send(frame: result.reply) }
    guard let end = result.end else { return }
    if isPaused, !held.isEmpty { heldEnd = end } else { leave(end) }
  }

  private func deliver(_ messages: [WebSocketMessage]) {
    for message in messages where isOpen {
      if isPaused { held.append(message) } else { received(message) }
    }
  }

  private func leave(_ end: FrameReader.End) {
    switch end {
    case .peerClosed(let code): shut(.peer(code))
    case .violated(let code): shut(.violation(code))
    }
  }

  /// Stops reading; `received` is not called until `resume`, and a peer that sends on comes to a halt.
  public func pause() {
    isPaused = true
    stream.pauseReading()
  }

  public func resume() {
    guard isPaused else { return }
    isPaused = false
    let messages = held
    held = []
    deliver(messages)
    guard isOpen, !isPaused else { return }
    if let heldEnd { leave(heldEnd) } else { stream.resumeReading() }
  }

  // MARK: - Output

  public func send(text: [UInt8]) { send(frame: FrameWriter.shared.frame(.text, text)) }
  public func send(binary: [UInt8]) { send(frame: FrameWriter.shared.frame(.binary, binary)) }

  /// Queues a frame of `FrameWriter.shared`, which any number of connections may be given; what one turn queues leaves
  /// at its end in one write.
  public func send(frame: [UInt8]) {
    guard isOpen else { return }
    chorus?.catchUp(self)
    enqueue(frame)
  }

  /// Queues a frame behind those that are queued already.
  func enqueue(_ frame: [UInt8]) {
    guard isOpen else { return }
    if queue.isEmpty { chorus?.setClear(false, self) }
    queue.append(frame)
    if queue.bytes > WebSocketConnection.eagerBytes || queue.count > limits.queuedFrames / 2 { flush() }
    guard queue.count <= limits.queuedFrames, queuedBytes <= limits.queuedBytes else { return overflow() }
    if !isInFlush, stream.queuedBytes == 0 { Flush.add(self) }
  }

  /// So much is written without waiting for the turn's end, so that a long turn does not pile up memory, nor look like a
  /// slow peer.
  private static let eagerBytes = 65_536
  private static let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: eagerBytes, alignment: 16)

  /// Writes as long as the system takes it; the rest waits for the stream to be drained.
  func flush() {
    while !queue.isEmpty, stream.queuedBytes == 0, stream.isOpen {
      let length = queue.join(into: WebSocketConnection.scratch)
      if length > 0 {
        stream.writeNow(UnsafeRawBufferPointer(rebasing: WebSocketConnection.scratch[..<length]))
      } else {
        queue.removeFirst().withUnsafeBytes { stream.writeNow($0) }
      }
    }
    if isClear { chorus?.setClear(true, self) }
  }

  /// Nothing waits for the peer.
  var isClear: Bool { queue.isEmpty && stream.queuedBytes == 0 && stream.isOpen }

  /// Writes the rest of what the chorus began to write.
  func writeRest(_ bytes: UnsafeRawBufferPointer) {
    stream.writeNow(bytes)
    if isOpen, !isClear { chorus?.setClear(false, self) }
  }

  private func overflow() {
    queue.removeAll()
    finish(.overflow)
    stream.close()
  }

  // MARK: - End

  /// Sends what waits and a close frame; the peer has two seconds to take its leave.
  public func close(_ code: CloseCode = .normal) {
    guard isOpen else { return }
    send(frame: FrameWriter.shared.close(code))
    shut(.closed)
  }

  /// Ends the writing side and forgets what still comes in, for a close with unread input would take the last words along.
  private func shut(_ end: End) {
    guard isOpen else { return }
    finish(end)
    flush()
    queue.removeAll()
    guard stream.isOpen else { return }
    stream.received = { _ in }
    stream.resumeReading()
    stream.endWrites()
    Farewell.watch(stream)
  }

  private func finish(_ end: End) {
    guard isOpen else { return }
    isOpen = false
    chorus?.remove(self)
    reader = nil
    held = []
    let closed = closed
    self.closed = { _ in }
    received = { _ in }
    closed(end)
  }
}
