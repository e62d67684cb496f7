import Testing
import Wire

@testable import GatewayCore

@Suite struct TypingTests {
  private let ann = Place(user: UserID("ann"), room: "r")
  private let bob = Place(user: UserID("bob"), room: "r")
  private let start = ContinuousClock.now

  @Test func `typing is news once, and over after six seconds without a word`() {
    var table = TypingTable()
    let news = [
      table.begin(ann, name: "Ann", at: start), table.begin(ann, name: "Ann", at: start + .seconds(4)),
      table.begin(bob, name: "Bob", at: start),
    ]
    #expect(news == [true, false, true])
    let late = table.expire(at: start + .seconds(6)).map(\.place)
    #expect(late == [bob] && table.contains(ann))
    let ended = [table.end(ann), table.end(ann)]
    #expect(ended == ["Ann", nil] && table.isEmpty)
  }

  @Test func `a repeat is passed on every two seconds, a change of mind at once`() {
    var pace = TypingPace(nil)
    func judge(_ isTyping: Bool, _ milliseconds: Int) -> TypingPace.Verdict {
      pace.judge(ann, isTyping: isTyping, at: start + .milliseconds(milliseconds))
    }
    let verdicts = [
      judge(false, 0), judge(true, 0), judge(true, 1999), judge(true, 2000), judge(false, 2001), judge(false, 2002),
      judge(true, 2003), judge(false, 9000),
    ]
    #expect(verdicts == [.known, .tell, .known, .tell, .tell, .known, .tell, .known])
    let before = judge(true, 9000)
    pace.forget(ann)
    let after = judge(true, 9001)
    #expect(before == .tell && after == .tell)
  }

  @Test func `too many notices are refused with the wait, for each user alone`() {
    var pace = TypingPace(RateLimit(perSecond: 2, burst: 3))
    let verdicts = (0..<4).map { pace.judge(ann, isTyping: $0 % 2 == 0, at: start) }
    #expect(verdicts == [.tell, .tell, .tell, .tooFast(wait: .milliseconds(500))])
    #expect(pace.judge(bob, isTyping: true, at: start) == .tell)
  }
}
