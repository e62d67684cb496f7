import JSON
import Loop
import Wire

/// Finds the calls that nobody has: NATS tells no caller that the copy which took its call was killed.
///
/// Every copy is asked by a subject of its own. One that is gone is told by NATS itself, since nobody listens there any more;
/// one that lives says which of the calls it has in hand, and has sent before this what it answered.
@LoopActor
final class CallSearch {
  private static let patienceInMilliseconds = 1000

  enum Answer: Equatable {
    case holds([Int])
    case gone
    /// It may be slow; nothing is known.
    case silent
  }

  private let line: NATSLine
  private let inbox: String
  private let questions = PendingCalls()
  private var channel = 0

  init(of service: String, on line: NATSLine) {
    self.line = line
    inbox = "\(line.inbox).held.\(service)"
  }

  func start() { channel = line.listen("\(inbox).*") { [unowned self] in take($0) } }

  func end() {
    line.drain(channel)
    questions.close()
  }

  /// Nothing will be answered any more.
  func giveUp() { questions.endAll(.unavailable) }

  /// Waits at most a second for each copy, all at once.
  func ask(_ copies: Set<String>, about calls: HeldCalls) async -> [String: Answer] {
    let asked = copies.map { copy in (copy, onLoop { await self.ask(copy, about: calls) }) }
    var answers: [String: Answer] = [:]
    for (copy, answer) in asked { answers[copy] = await answer.value }
    return answers
  }

  private func ask(_ copy: String, about calls: HeldCalls) async -> Answer {
    let result = await withUnsafeContinuation { (waiter: PendingCalls.Waiter) in
      let id = questions.add(waiter, timeout: CallSearch.patienceInMilliseconds)
      let frame = Frame.call(id: id, name: "bus.held", context: CallContext(), body: calls.json)
      guard line.publish("carillon.copy.\(copy)", reply: "\(inbox).\(id)", frame.encoded()) else {
        return questions.end(id, .failure(.unavailable))
      }
    }
    switch result {
    case .success(let body): return (try? HeldCalls(json: body)).map { .holds($0.ids) } ?? .silent
    case .failure(.unsent): return .gone
    case .failure: return .silent
    }
  }

  private func take(_ letter: NATSLetter) {
    guard let id = letter.subject.split(separator: ".").last.flatMap({ Int($0) }) else { return }
    switch letter.content {
    case .end: break
    case .nobodyListens: questions.end(id, .failure(.unsent))
    case .body(let bytes):
      guard case .reply(_, let body)? = try? Frame(line: bytes) else { return }
      questions.end(id, .success(body))
    }
  }
}
