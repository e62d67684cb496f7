public import Loop
import Security

/// A daemon's connection to NATS, which comes back by itself: all of its calls, answers and events go over it.
///
/// Nothing is kept for a NATS that is away: what cannot be sent is refused at once, and who listens is told when messages
/// may have been missed.
@LoopActor
public final class NATSLine {
  /// What listens to one subject.
  struct Channel {
    let subject: String
    let queue: String?
    let received: @LoopActor (NATSLetter) -> Void
  }

  private let settings: NATSSettings
  private let name: String
  private let notice: @LoopActor (BusNotice) -> Void
  /// Under it come the answers to what this process asks.
  let inbox = "_INBOX.carillon." + Hex.encode(Random.bytes(12))
  private var session: NATSSession?
  private var channels: [Int: Channel] = [:]
  private var lastChannel = 0
  private var backoff = Backoff(longest: BusClient.patience * 0.8)
  /// A message to oneself asks whether NATS lives.
  private var heartbeat = Heartbeat()
  private lazy var pulse = Timer { [unowned self] in beat() }
  private var echoes: [Int: CheckedContinuation<Bool, Never>] = [:]
  private var lastEcho = 0
  private var hasBegun = false
  private var hasEnded = false
  private var observers: [@LoopActor (_ isReady: Bool) -> Void] = []
  private lazy var mailbox = NATSMailbox { [weak self] letters in
    self?.heartbeat.hear()
    for letter in letters { self?.channels[letter.channel]?.received(letter) }
  }

  /// Whether NATS is there and has heard what this process listens to.
  public private(set) var isReady = false

  /// `name` is shown to whoever looks at NATS's list of connections.
  public init(_ settings: NATSSettings, name: String, notice: @escaping @LoopActor (BusNotice) -> Void = { _ in }) {
    self.settings = settings
    self.name = name
    self.notice = notice
    _ = listen("\(inbox).echo.*") { [unowned self] in echoed($0) }
  }

  /// Connects in the background and keeps doing so until `end`; a repeat does nothing.
  public func start() {
    guard !hasBegun else { return }
    hasBegun = true
    onLoop { await self.run() }
  }

  /// Sends what waits, then leaves.
  public func end() async {
    hasEnded = true
    pulse.cancel()
    if isReady { _ = await roundTrip() }
    session?.giveUp("ended")
  }

  private func run() async {
    while !hasEnded {
      do throws(NATSError) {
        await serve(try await NATSSession.open(settings, name: name, mailbox))
      } catch {
        notice(.connectionLost(service: "nats", endpoint: settings.servers[0], reason: error.description))
      }
      if !hasEnded { try? await pause(for: backoff.next()) }
    }
  }

  private func serve(_ session: NATSSession) async {
    guard !hasEnded else { return session.close() }
    self.session = session
    for (number, channel) in channels { session.subscribe(channel.subject, queue: channel.queue, channel: number) }
    heartbeat = Heartbeat()
    pulse.arm(after: heartbeat.untilNextLook)
    onLoop { await self.welcome(session) }
    let reason = await withCheckedContinuation { (gone: CheckedContinuation<String, Never>) in
      session.lost = { gone.resume(returning: $0) }
    }
    pulse.disarm()
    self.session = nil
    isReady = false
    for echo in echoes.values { echo.resume(returning: false) }
    echoes = [:]
    for observer in observers { observer(false) }
    if !hasEnded { notice(.connectionLost(service: "nats", endpoint: session.url, reason: reason)) }
  }

  /// What was subscribed to before a message to oneself is known to NATS when that comes back.
  private func welcome(_ session: NATSSession) async {
    guard await roundTrip(), self.session === session else { return }
    isReady = true
    backoff.reset()
    notice(.connected(service: "nats", endpoint: session.url))
    for observer in observers { observer(true) }
  }

  /// Calls back at each connect and loss from now on.
  func observe(_ observer: @escaping @LoopActor (_ isReady: Bool) -> Void) { observers.append(observer) }

  // MARK: - Messages

  /// Listens from now on and after each reconnect. With a queue, each message goes to one of those that share its name.
  func listen(_ subject: String, queue: String? = nil, received: @escaping @LoopActor (NATSLetter) -> Void) -> Int {
    lastChannel += 1
    channels[lastChannel] = Channel(subject: subject, queue: queue, received: received)
    session?.subscribe(subject, queue: queue, channel: lastChannel)
    return lastChannel
  }

  /// Takes what is on its way, and no more; an `end` follows unless NATS is away.
  func drain(_ channel: Int) { session?.drain(channel: channel) }

  /// Listens no more after a loss; for while NATS is away.
  func forget(_ channel: Int) { channels[channel] = nil }

  /// What one message may hold; more than NATS's usual is not known before it is there.
  var maximumPayload: Int { session?.maximumPayload ?? 1 << 20 }

  /// False when the message has not been sent and will not be.
  func publish(_ subject: String, reply: String? = nil, _ bytes: [UInt8]) -> Bool {
    session?.publish(subject, reply: reply, bytes) ?? false
  }

  // MARK: - Echoes

  /// Waits until NATS has taken everything published so far; false when it is lost before.
  func roundTrip() async -> Bool {
    lastEcho += 1
    let number = lastEcho
    return await withCheckedContinuation { continuation in
      guard publish("\(inbox).echo.\(number)", []) else { return continuation.resume(returning: false) }
      echoes[number] = continuation
    }
  }

  private func echoed(_ letter: NATSLetter) {
    guard let number = letter.subject.split(separator: ".").last.flatMap({ Int($0) }) else { return }
    echoes.removeValue(forKey: number)?.resume(returning: true)
  }

  private func beat() {
    switch heartbeat.look() {
    case .ask: _ = publish("\(inbox).echo.0", [])
    case .listen: break
    case .giveUp: return session?.giveUp("NATS does not answer") ?? ()
    }
    pulse.arm(after: heartbeat.untilNextLook)
  }
}
