import JSON
import Loop
import Wire

/// A daemon's calls to one other service over NATS, and what it knows of that service's copies.
@LoopActor
final class NATSRoute {
  /// Calls that have waited for so long make us ask whether anybody has them.
  private static let doubt = Duration.milliseconds(250)
  private static let replyLimit = 64 << 20

  private let service: String
  private let line: NATSLine
  private let owner: BusClient
  private let calls = PendingCalls()
  private let search: CallSearch
  private var presence = CopyPresence()
  private var parts = ReplyParts(limit: NATSRoute.replyLimit)
  private var channels: [Int] = []
  private var eventChannel: Int?
  private var searched = ContinuousClock.now
  private var isSearching = false
  private lazy var watch = Timer { [unowned self] in if presence.expire(at: .now) { owner.died() } }
  private let replies: String

  init(service: String, line: NATSLine, owner: BusClient) {
    self.service = service
    self.line = line
    self.owner = owner
    search = CallSearch(of: service, on: line)
    replies = "\(line.inbox).\(service)"
  }

  /// Whether a call would find somebody, as far as is known.
  var isReady: Bool { line.isReady && presence.isThere }

  func start() {
    line.start()
    channels = [
      line.listen("\(replies).>") { [unowned self] in take($0) },
      line.listen("carillon.alive.\(service)") { [unowned self] in heard($0) },
    ]
    search.start()
    calls.looked = { [unowned self] in looked() }
    line.observe { [weak self] in self?.lineChanged($0) }
    watch.arm(after: .seconds(1), every: .seconds(1))
    ask()
  }

  func end() {
    for channel in channels { line.drain(channel) }
    if let eventChannel { line.drain(eventChannel) }
    search.end()
    calls.close()
    watch.cancel()
  }

  /// From the first subscription on, all events of the service come here.
  func listenToEvents() {
    guard eventChannel == nil else { return }
    eventChannel = line.listen("carillon.event.\(service).>") { [unowned self] letter in
      guard case .body(let bytes) = letter.content else { return }
      if case .event(let subject, let body)? = try? Frame(line: bytes) { owner.deliver(subject: subject, body: body) }
    }
    // Whoever answers has told before it what was told before.
    ask()
  }

  // MARK: - Who is there

  private func lineChanged(_ isReady: Bool) {
    presence.clear()
    if isReady { return ask() }
    search.giveUp()
    failAll()
  }

  /// Every copy answers with a beat; if there is none, NATS says so.
  private func ask() {
    _ = line.publish("carillon.who.\(service)", reply: "\(replies).who", [])
  }

  private func heard(_ letter: NATSLetter) {
    guard case .body(let bytes) = letter.content, case .event(_, let body)? = try? Frame(line: bytes),
      let beat = try? Beat(json: body)
    else { return }
    let news = presence.hear(beat, at: .now)
    guard news != .known, !beat.isLeaving else { return }
    owner.joined(endpoint: "nats \(beat.copy)")
  }

  /// Those who are leaving may still answer what they have.
  private func nobodyThere() {
    presence.keepLeaving()
    if presence.copies.isEmpty { failAll() }
  }

  private func failAll() {
    parts.clear()
    calls.endAll(.lost)
  }

  // MARK: - Calls

  func call(_ name: String, _ body: RawJSON, _ context: CallContext, _ waiter: PendingCalls.Waiter) {
    guard line.isReady, !calls.isFull else { return waiter.resume(returning: .failure(.unsent)) }
    let id = calls.add(waiter, timeout: context.timeout)
    let frame = Frame.call(id: id, name: name, context: context, body: body).encoded()
    guard frame.count <= line.maximumPayload else {
      return finish(id, .failure(Failure(.invalid, field: "body", reason: "too_large")))
    }
    guard line.publish("carillon.call.\(service)", reply: "\(replies).\(id)", frame) else {
      return finish(id, .failure(.unsent))
    }
  }

  private func finish(_ id: Int, _ result: Result<RawJSON, Failure>) {
    parts.forget(id)
    calls.end(id, result)
  }

  private func take(_ letter: NATSLetter) {
    let tail = letter.subject.utf8.dropFirst(replies.utf8.count + 1).split(separator: UInt8(ascii: "."))
    guard let first = tail.first, let id = Int(Substring(first)) else {
      if case .nobodyListens = letter.content { nobodyThere() }
      return
    }
    switch letter.content {
    case .end: break
    case .nobodyListens:
      finish(id, .failure(.unsent))
      nobodyThere()
    case .body(let bytes) where tail.count > 1: if calls.contains(id) { parts.add(bytes, to: id) }
    case .body(let bytes): answered(id, parts.complete(id, with: bytes))
    }
  }

  private func answered(_ id: Int, _ bytes: [UInt8]?) {
    guard let bytes else { return finish(id, .failure(.internal)) }
    switch try? Frame(line: bytes) {
    case .reply(_, let body): finish(id, .success(body))
    case .failure(_, let failure): finish(id, .failure(failure))
    default: break
    }
  }

  // MARK: - Calls that nobody has

  private func looked() {
    guard !calls.isEmpty else { return parts.clear() }
    let doubtful = ContinuousClock.now - NATSRoute.doubt
    guard !isSearching, searched < doubtful, line.isReady else { return }
    let ids = calls.ids(before: doubtful)
    if !ids.isEmpty { onLoop { await self.find(ids) } }
  }

  /// Ends those of the calls that no copy has: whoever took them was killed.
  private func find(_ ids: [Int]) async {
    isSearching = true
    let asked = presence.copies
    let answers = await search.ask(asked, about: HeldCalls(replies: replies, ids: ids))
    (isSearching, searched) = (false, .now)
    var held: Set<Int> = []
    var hasDied = false
    for (copy, answer) in answers {
      switch answer {
      case .holds(let some): held.formUnion(some)
      case .gone: hasDied = presence.forget(copy) || hasDied
      case .silent: break
      }
    }
    // A copy that came meanwhile may have got one of them; one that is silent counts until it is given up.
    let unknown = presence.copies.contains { answers[$0] ?? .silent == .silent }
    if !unknown { for id in ids where !held.contains(id) { finish(id, .failure(.lost)) } }
    if hasDied { owner.died() }
  }
}
