import JSON
import Testing
import Wire

@testable import Bus

@Suite struct BusRuleTests {
  @Test func `a call is answered once`() {
    var table = CallTable<String>(limit: 2)
    let now = ContinuousClock.now
    let first = table.add("first", at: now, deadline: now + .seconds(1))
    let second = table.add("second", at: now + .seconds(1), deadline: now + .seconds(3))
    #expect(table.isFull)
    #expect(table.ids(before: now + .seconds(1)) == [first])
    #expect(table.takeExpired(at: now + .seconds(2)) == ["first"])
    #expect(table.take(first) == nil)
    #expect(table.take(second) == "second")
    #expect(table.isEmpty)
  }

  @Test func `copies are known by their beats, and missed by them`() {
    var presence = CopyPresence()
    let now = ContinuousClock.now
    #expect(!presence.isThere)
    #expect(presence.hear(Beat(copy: "a", number: 1), at: now) == .new)
    #expect(presence.hear(Beat(copy: "a", number: 2), at: now + .seconds(1)) == .known)
    #expect(presence.hear(Beat(copy: "a", number: 4), at: now + .seconds(2)) == .missed)
    #expect(presence.hear(Beat(copy: "b", number: 9, isLeaving: true), at: now + .seconds(3)) == .new)
    #expect(presence.isThere)
    let hasDied = presence.expire(at: now + .seconds(6))
    #expect(hasDied)
    #expect(!presence.isThere)
    #expect(presence.copies == ["b"])
    let hasDiedLate = presence.expire(at: now + .seconds(9))
    #expect(!hasDiedLate && presence.copies == ["b"], "who looks late could not have heard anybody")
    for second in 10...13 {
      let hasDiedToo = presence.expire(at: now + .seconds(second))
      #expect(!hasDiedToo, "it had said that it leaves")
    }
    #expect(presence.copies.isEmpty)
  }

  @Test func `who is silent is asked, listened for a few times, and given up`() {
    var heartbeat = Heartbeat()
    let usual = heartbeat.untilNextLook
    #expect(heartbeat.look() == .ask)
    #expect(heartbeat.untilNextLook == usual)
    #expect(heartbeat.look() == .listen)
    #expect(heartbeat.untilNextLook < usual)
    heartbeat.hear()
    #expect(heartbeat.look() == .ask, "what came was read after the look")
    #expect(heartbeat.untilNextLook == usual)
    #expect((0..<6).map { _ in heartbeat.look() } == [.listen, .listen, .listen, .listen, .listen, .giveUp])
  }

  @Test func `where nobody takes calls, those who leave may still answer`() {
    var presence = CopyPresence()
    for copy in ["a", "b", "c"] { _ = presence.hear(Beat(copy: copy, number: 1, isLeaving: copy != "a"), at: .now) }
    presence.keepLeaving()
    #expect(!presence.isThere)
    let hasDied = presence.forget("b")
    #expect(!hasDied)
    #expect(presence.copies == ["c"])
  }

  @Test(arguments: [HeldCalls(replies: "_INBOX.a", ids: [7, 9]), HeldCalls(replies: "", ids: [])])
  func `calls in question are read as they were written`(calls: HeldCalls) throws {
    #expect(try HeldCalls(json: calls.json) == calls)
  }

  @Test(arguments: [Beat(copy: "a0", number: 3), Beat(copy: "a0", number: 3, isLeaving: true)])
  func `a beat is read as it was written`(beat: Beat) throws { #expect(try Beat(json: beat.json) == beat) }

  @Test(arguments: ["{}", "7", #"{"copy":"a"}"#, #"{"copy":1,"number":1}"#])
  func `what is no beat is none`(text: String) {
    #expect(throws: JSONFault.self) { try Beat(json: RawJSON(trusted: Array(text.utf8))) }
  }

  @Test func `parts of answers come together by number, up to a limit`() {
    var parts = ReplyParts(limit: 6)
    parts.add([1, 2], to: 1)
    parts.add([9, 9, 9, 9], to: 2)
    parts.add([9, 9, 9, 9], to: 2)
    #expect(parts.complete(1, with: [3]) == [1, 2, 3])
    #expect(parts.complete(2, with: [9]) == nil)
    #expect(parts.complete(3, with: [7]) == [7])
    #expect(ReplyParts.cut([1, 2, 3, 4, 5], into: 2) == [[1, 2], [3, 4], [5]])
    #expect(ReplyParts.cut([], into: 2) == [[]])
  }
}
