import JSON
import Loop
import Security
import Wire

/// A copy of a service on NATS: takes its share of the calls, answers them, tells events, and says that it lives.
@LoopActor
final class NATSServer {
  private static let beatInterval = Duration.seconds(1)

  private let server: BusServer
  private let line: NATSLine
  private let copy = Hex.encode(Random.bytes(8))
  private var number = 0
  private var isLeaving = false
  private var callChannel: Int?
  /// Where the answers go to the calls that have none yet.
  private var inHand: Set<String> = []
  private var drained: CheckedContinuation<Void, Never>?
  private lazy var timer = Timer { [unowned self] in beat() }

  init(_ server: BusServer, on line: NATSLine) {
    self.server = server
    self.line = line
  }

  func start() {
    _ = line.listen("carillon.who.\(server.service)") { [self] letter in if case .body = letter.content { beat() } }
    _ = line.listen("carillon.copy.\(copy)") { [self] in tell($0) }
    line.observe { [weak self] in self?.lineChanged($0) }
    timer.arm(after: NATSServer.beatInterval, every: NATSServer.beatInterval)
    if line.isReady { lineChanged(true) }
  }

  /// What was published while NATS was away is lost, which whoever listens learns by the number. A beat goes ahead of the
  /// first call, so that no caller has a call with a copy it does not know; one follows, because a caller may be so quick
  /// that NATS finds nobody for its call yet.
  private func lineChanged(_ isReady: Bool) {
    guard isReady else { return cutOff() }
    number = 0
    beat()
    guard !isLeaving else { return }
    let service = server.service
    callChannel = line.listen("carillon.call.\(service)", queue: service) { [self] in take($0) }
    beat()
  }

  private func cutOff() {
    if let callChannel { line.forget(callChannel) }
    callChannel = nil
    drained?.resume()
    drained = nil
  }

  private func beat() {
    guard line.isReady else { return }
    number += 1
    let beat = Beat(copy: copy, number: number, isLeaving: isLeaving)
    let frame = Frame.event(subject: "\(server.service).alive", body: beat.json)
    _ = line.publish("carillon.alive.\(server.service)", frame.encoded())
  }

  /// An event that NATS does not take is missed by all, and they are told so at the next connect.
  func publish(subject: String, _ frame: [UInt8]) throws {
    guard frame.count <= line.maximumPayload else { throw Failure(.internal, reason: "too_large") }
    _ = line.publish("carillon.event.\(subject)", frame)
  }

  // MARK: - Calls

  private func take(_ letter: NATSLetter) {
    switch letter.content {
    case .end:
      drained?.resume()
      drained = nil
    case .nobodyListens: break
    case .body(let bytes): answer(bytes, to: letter.reply)
    }
  }

  private func answer(_ bytes: [UInt8], to subject: String?) {
    guard let subject, case .call(let id, let name, let context, let body)? = try? Frame(line: bytes) else {
      return server.notice(.peerRefused(address: "nats", reason: .malformedFrame))
    }
    inHand.insert(subject)
    server.answer(id: id, name: name, context: context, body: body) { [self] in
      inHand.remove(subject)
      send($0.encoded(), to: subject)
    }
  }

  /// Answers which of some calls wait here. Whatever was answered before has left before.
  private func tell(_ letter: NATSLetter) {
    guard case .body(let bytes) = letter.content, let subject = letter.reply,
      case .call(let id, _, _, let body)? = try? Frame(line: bytes), let asked = try? HeldCalls(json: body)
    else { return }
    let held = HeldCalls(replies: asked.replies, ids: asked.ids.filter { inHand.contains(asked.subject(of: $0)) })
    _ = line.publish(subject, Frame.reply(id: id, body: held.json).encoded())
  }

  /// A caller whose answer NATS does not take finds out by its deadline.
  private func send(_ frame: [UInt8], to subject: String) {
    guard frame.count > line.maximumPayload else { return _ = line.publish(subject, frame) }
    let parts = ReplyParts.cut(frame, into: line.maximumPayload)
    for part in parts.dropLast() { _ = line.publish("\(subject).part", Array(part)) }
    _ = line.publish(subject, Array(parts.last ?? []))
  }

  // MARK: - End

  /// Takes no new call: returns when NATS sends none any more and all that came are in hand, at most after `limit`.
  func stopTaking(within limit: Duration) async {
    isLeaving = true
    guard let callChannel, line.isReady else { return }
    beat()
    let alarm = Timer { [self] in
      drained?.resume()
      drained = nil
    }
    alarm.arm(after: limit)
    await withCheckedContinuation { continuation in
      drained = continuation
      line.drain(callChannel)
    }
    alarm.cancel()
  }

  /// Returns when NATS has all answers.
  func flush() async {
    timer.cancel()
    _ = await line.roundTrip()
  }
}
