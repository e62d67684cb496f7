import Kit
import Loop

/// A few callers that write study sessions one after the other for as long as it lives, and remember what each was told.
///
/// Every write of a session carries a larger number of modules than the one before, so that the table tells which was the
/// last that took effect.
@LoopActor
final class WriteLoad {
  struct Claim {
    /// The last number that was sent, and the last that was acknowledged with 201.
    var sent = 0
    var acknowledged = 0
  }

  private(set) var claims: [String: Claim] = [:]
  private(set) var acknowledged = 0
  private(set) var refused = 0
  /// Requests whose connection broke or could not be made.
  private(set) var cut = 0
  /// What nobody may be answered: neither 201 nor a 503 that says when to come back.
  private(set) var strange: [String] = []
  private var callers: [Task<Void, Never>] = []
  private var isStopping = false
  private let change = Change()

  /// Two of three writes of a caller replace the numbers of a session that it has written before.
  init(_ learners: [StatsCaller]) {
    callers = learners.map { learner in
      onLoop {
        var session = ""
        let course = StatsCaller.id()
        var count = 0
        while !self.isStopping {
          if count % 3 == 0 { session = StatsCaller.id() }
          count += 1
          await self.write(learner, course, session)
        }
      }
    }
  }

  /// Returns when every request under way has been answered.
  func stop() async {
    isStopping = true
    for caller in callers { await caller.value }
  }

  /// Waits for that many more acknowledged writes.
  func acknowledges(_ more: Int, within limit: Duration) async throws {
    let goal = acknowledged + more
    try await change.until("\(more) writes", within: limit, seen: { "\(self.summary)" }) {
      acknowledged >= goal ? () : nil
    }
  }

  var summary: String { "\(acknowledged) acknowledged, \(refused) refused, \(cut) cut, strange: \(strange.prefix(3))" }

  private func write(_ learner: StatsCaller, _ course: String, _ session: String) async {
    claims[session, default: Claim()].sent += 1
    let number = claims[session]?.sent ?? 0
    do {
      let reply = try await learner.post(course, StatsCaller.body(session, "\(number)", "1", "1"))
      take(reply, number, session)
    } catch let error as Overdue where !error.awaited.contains("before the end of the connection") {
      strange.append("\(error)")
    } catch {
      cut += 1
      // Nobody listens: a new try at once would only take the processor from whoever is to start.
      try? await pause(for: .milliseconds(20))
    }
    change.announce()
  }

  private func take(_ reply: HTTPReply, _ number: Int, _ session: String) {
    if reply.status == 201 {
      claims[session]?.acknowledged = number
      acknowledged += 1
    } else if reply.status == 503, reply.header("Retry-After").flatMap({ Int($0) }) != nil {
      refused += 1
    } else {
      strange.append("\(reply.status) \(reply.text)")
    }
  }
}
