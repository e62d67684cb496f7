import Loop

/// One connection to the chat port: a handshake, then the lines of one room (chat.md 5).
@LoopActor
final class ChatSocket: FeedSink {
  /// The client has said what it wants, and then what it says does not matter; or it is gone.
  private enum Stage { case handshake(Handshake), listening, over }

  private static let deadline = Duration.seconds(10)
  /// One that talks on after its handshake is cut off at this.
  private static let mostIgnored = 64 << 10
  /// The system doubles it. Enough for a client far away, and little beside the backlog that a listener may have.
  private static let systemQueue = 128 << 10

  let address: String
  /// Set by whoever lets the client in, as soon as it is known who that is.
  var listener: Listener?
  private let stream: TCPStream
  private var stage = Stage.handshake(Handshake())
  private var ignored = 0
  private let requested: @LoopActor (ChatSocket, ListenRequest) -> Void
  private let gone: @LoopActor (ChatSocket) -> Void
  private var alarm: Timer?

  /// - Parameters:
  ///   - requested: called once with the whole handshake; what it cannot grant it closes.
  ///   - gone: called once, when the connection is closed.
  init(
    _ stream: TCPStream,
    requested: @escaping @LoopActor (ChatSocket, ListenRequest) -> Void,
    gone: @escaping @LoopActor (ChatSocket) -> Void
  ) {
    self.stream = stream
    self.requested = requested
    self.gone = gone
    address = stream.peer
    stream.boundSystemQueue(to: ChatSocket.systemQueue)
    stream.whenReceived { [self] in take($0) }
    stream.closed = { [self] _ in over() }
    alarm = Timer { [unowned self] in close() }
    alarm?.arm(after: ChatSocket.deadline)
  }

  var isOpen: Bool { stream.isOpen }

  private func take(_ bytes: [UInt8]) {
    switch stage {
    case .handshake(var handshake):
      let step = handshake.take(bytes)
      stage = .handshake(handshake)
      advance(step)
    case .listening:
      ignored += bytes.count
      if ignored > ChatSocket.mostIgnored { close() }
    case .over: break
    }
  }

  private func advance(_ step: Handshake.Step) {
    switch step {
    case .more: break
    case .refused: close()
    case .complete(let request):
      stage = .listening
      endAlarm()
      requested(self, request)
    }
  }

  private func endAlarm() {
    alarm?.cancel()
    alarm = nil
  }

  private func over() {
    stage = .over
    endAlarm()
    gone(self)
  }

  // MARK: - Feed

  var queuedBytes: Int { stream.queuedBytes }

  func send(_ batch: FeedBatch) -> Int {
    stream.write(batch.text)
    return batch.text.count
  }

  /// Only to those who asked: the contract knows no other kind of line, and old clients would take it for a message.
  func send(_ notice: FeedNotice) -> Int {
    stream.write(notice.line)
    return notice.line.count
  }

  func close() { stream.close() }
}
