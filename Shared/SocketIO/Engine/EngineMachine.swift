/// One Engine.IO session's rules: what comes from the client and the time go in, what must be done comes out.
///
/// Polling is the active transport until an upgrade is complete; what waits for a poll lies in `queue`. A session on
/// WebSocket has no queue here: its packets leave as `send`.
struct EngineMachine {
  enum Action: Equatable {
    /// The waiting poll may be answered with `takePoll`.
    case wakePoll
    case send(EnginePacket)
    case sendToProbe(EnginePacket)
    case closeProbe
    /// The probing connection is the session's from now on.
    case promoteProbe
    case closeConnection
    case deliver(EngineData)
    /// The session is over; the application is told once. With `lingering`, its name stays known for one more poll.
    case end(DisconnectReason, lingering: Bool)
    /// The name is forgotten now.
    case forget
  }

  /// `lingering` means over, with a last word for a poll that may still come. There is no way back from either.
  enum Phase { case open, lingering, over }
  enum Transport { case polling, websocket }
  /// An upgrade's progress: the connection stands, then the probe was answered; then it is the transport.
  enum Probe { case none, connected, answered }

  let revision: EngineRevision
  let timing: EngineTiming
  private(set) var phase = Phase.open
  private(set) var transport: Transport
  private(set) var probe = Probe.none
  private(set) var isPolled = false
  /// The body of a POST is on its way.
  private var isPosted = false
  private var queue: [EnginePacket] = []
  private(set) var queuedBytes = 0
  /// What the waiting poll gets instead of the queue.
  private var lastWords: [EnginePacket] = []
  /// Revision 4: when a ping is due. Revision 3: when the client has been silent for too long.
  private var beat: Int64
  /// When the answer to our ping is overdue.
  private var pongDue = Int64.max
  private var probeDue = Int64.max
  private var pollDue = Int64.max
  private var forgetDue = Int64.max

  var queuedPackets: Int { queue.count }

  init(_ revision: EngineRevision, on transport: Transport, timing: EngineTiming, at now: Int64) {
    self.revision = revision
    self.transport = transport
    self.timing = timing
    beat = now
    restartBeat(at: now)
  }

  /// When `tick` must be called next.
  var deadline: Int64 { min(min(beat, pongDue), min(probeDue, pollDue), forgetDue) }

  private mutating func restartBeat(at now: Int64) {
    beat = now + timing.pingInterval + (revision == .three ? timing.pingTimeout : 0)
  }
}

// MARK: - Packets

extension EngineMachine {
  /// Takes a packet that came on the active transport.
  mutating func receive(_ packet: EnginePacket, at now: Int64) -> [Action] {
    guard phase == .open else { return [] }
    if revision == .three { restartBeat(at: now) }
    switch packet.kind {
    case .message: return [.deliver(packet.data)]
    case .ping:
      guard revision == .three else { return end(.transportError, pollGets: .close) }
      return push(EnginePacket(kind: .pong, data: packet.data))
    case .pong:
      guard revision == .four else { return end(.transportError, pollGets: .close) }
      pongDue = .max
      restartBeat(at: now)
      return []
    case .close: return end(.transportClose, pollGets: .noop)
    case .open, .upgrade, .noop: return []
    }
  }

  /// Sends a packet on the active transport, where polling means that it waits for the next poll.
  mutating func push(_ packet: EnginePacket) -> [Action] {
    guard phase == .open else { return [] }
    guard transport == .polling else { return [.send(packet)] }
    queue.append(packet)
    queuedBytes += packet.data.bytes.count + 1
    return isPolled ? [.wakePoll] : []
  }

  /// What the client sent could not be read.
  mutating func receivedGarbage() -> [Action] { end(.parseError, pollGets: .close) }

  /// The active transport is a connection, and it is gone.
  mutating func connectionLost(_ reason: DisconnectReason) -> [Action] {
    phase == .open && transport == .websocket ? over(reason) : []
  }
}

// MARK: - Polls

extension EngineMachine {
  enum PollVerdict: Equatable {
    /// Answer with `takePoll` now.
    case ready
    case wait
    /// A second poll while one waits: it is refused, and the session ends.
    case refused([Action])
  }

  mutating func pollArrived(at now: Int64) -> PollVerdict {
    guard !isPolled else { return .refused(end(.transportError, pollGets: .close)) }
    isPolled = true
    // Of a session that is over nothing more will come.
    guard queue.isEmpty, lastWords.isEmpty, phase == .open else { return .ready }
    if probe == .answered { pollDue = now + timing.pollDuringUpgrade }
    return .wait
  }

  /// The packets that answer the poll in hand, which is over with it; the next poll gets the rest, if any is left. `forget`
  /// follows the last word of a session. No packets when the session is over without a word.
  mutating func takePoll() -> (packets: [EnginePacket], actions: [Action]) {
    isPolled = false
    pollDue = .max
    guard lastWords.isEmpty else {
      defer { lastWords = [] }
      return (lastWords, [])
    }
    let packets = takeQueued()
    guard phase == .lingering, queue.isEmpty else { return (packets, []) }
    phase = .over
    forgetDue = .max
    return (packets, [.forget])
  }

  /// python-socketio reads so many packets from one body, and ends the session over one more.
  private static let packetsPerBody = 16
  /// When more wait, a client that is far away would not catch up by small bodies: then it gets all.
  private static let packetCrowd = 256

  private mutating func takeQueued() -> [EnginePacket] {
    var count = queue.count
    if count <= EngineMachine.packetCrowd {
      count = min(count, EngineMachine.packetsPerBody)
      // The last of a body is read whole, however its characters are counted.
      let last = revision == .three ? queue.prefix(count).firstIndex(where: \.isCountedVariously) : nil
      count = last.map { $0 + 1 } ?? count
    }
    let packets = Array(queue.prefix(count))
    queue.removeFirst(count)
    for packet in packets { queuedBytes -= packet.data.bytes.count + 1 }
    return packets
  }

  /// A POST has begun; nil where it may go on. One beside another is refused, and the session ends.
  mutating func postBegan() -> [Action]? {
    guard isPosted else {
      isPosted = true
      return nil
    }
    return end(.transportError, pollGets: .close)
  }

  /// The body of the POST has come, or never will.
  mutating func postEnded() { isPosted = false }

  /// The client cut its poll off.
  mutating func pollLost() -> [Action] {
    isPolled = false
    return transport == .polling ? over(.transportError) : []
  }
}

// MARK: - Upgrade

extension EngineMachine {
  /// Whether a new connection may begin to probe; if not, it is accepted and closed at once.
  mutating func probeOpened(at now: Int64) -> Bool {
    guard phase == .open, transport == .polling, probe == .none else { return false }
    probe = .connected
    probeDue = now + timing.upgradeTimeout
    return true
  }

  /// Takes a packet that came on the probing connection; nil stands for one that cannot be read.
  mutating func probeReceived(_ packet: EnginePacket?) -> [Action] {
    guard phase == .open else { return [] }
    switch (probe, packet?.kind) {
    case (.connected, .ping) where packet?.data == EnginePacket.probe: return answerProbe()
    case (.answered, .upgrade): return upgrade()
    default:
      probe = .none
      probeDue = .max
      return [.closeProbe]
    }
  }

  private mutating func answerProbe() -> [Action] {
    probe = .answered
    return [.sendToProbe(EnginePacket(kind: .pong, data: EnginePacket.probe))] + endPoll(with: .noop)
  }

  private mutating func upgrade() -> [Action] {
    probe = .none
    probeDue = .max
    transport = .websocket
    let waiting = queue
    queue = []
    queuedBytes = 0
    return endPoll(with: .noop) + [.promoteProbe] + waiting.map { .send($0) }
  }

  mutating func probeLost() {
    probe = .none
    probeDue = .max
  }

  private mutating func endPoll(with word: EnginePacket) -> [Action] {
    guard isPolled else { return [] }
    lastWords = [word]
    return [.wakePoll]
  }
}

// MARK: - Time and end

extension EngineMachine {
  /// Does what is due; to be called when `deadline` has come, and harmless before.
  mutating func tick(at now: Int64) -> [Action] {
    if now >= forgetDue {
      phase = .over
      forgetDue = .max
      return [.forget]
    }
    guard phase == .open else { return [] }
    if now >= pongDue || (revision == .three && now >= beat) { return end(.pingTimeout, pollGets: .close) }
    var actions: [Action] = []
    if now >= beat {
      beat = .max
      pongDue = now + timing.pingTimeout
      actions += push(.ping)
    }
    if now >= probeDue {
      probeLost()
      actions.append(.closeProbe)
    }
    if now >= pollDue {
      pollDue = .max
      actions += endPoll(with: .noop)
    }
    return actions
  }

  /// Ends the session from this side. A client that polls hears of it with its poll in hand, or with the next one.
  mutating func close(_ reason: DisconnectReason, at now: Int64) -> [Action] {
    guard phase == .open else { return [] }
    guard transport == .polling, !isPolled else { return end(reason, pollGets: .close) }
    queue.append(.close)
    queuedBytes += 1
    let actions = over(reason, lingering: true)
    forgetDue = now + timing.lastWord
    return actions
  }

  /// Ends the session because the server stops: a poll fails, for there are clients that take a close packet for the
  /// server's last word and never come back. What is queued goes to the next poll before that, if one comes.
  mutating func goAway(at now: Int64) -> [Action] {
    guard phase == .open, transport == .polling else { return end(.forcedClose, pollGets: .close) }
    if isPolled { return [.wakePoll] + over(.forcedClose) }
    forgetDue = now + timing.lastWord
    return over(.forcedClose, lingering: true)
  }

  /// Ends the session with what waits in its queue, for a client that does not take it.
  mutating func abandon(_ reason: DisconnectReason) -> [Action] {
    queue = []
    queuedBytes = 0
    return end(reason, pollGets: .close)
  }

  private mutating func end(_ reason: DisconnectReason, pollGets word: EnginePacket) -> [Action] {
    guard phase == .open else { return [] }
    // What waits for the client goes before the word that ends it.
    if isPolled { lastWords = queue + [word] }
    return (isPolled ? [.wakePoll] : []) + over(reason)
  }

  private mutating func over(_ reason: DisconnectReason, lingering: Bool = false) -> [Action] {
    guard phase == .open else { return [] }
    phase = lingering ? .lingering : .over
    let hadProbe = probe != .none
    probeLost()
    beat = .max
    pongDue = .max
    pollDue = .max
    return (hadProbe ? [.closeProbe] : []) + (transport == .websocket ? [.closeConnection] : [])
      + [.end(reason, lingering: lingering)]
  }
}
