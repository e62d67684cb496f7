import Testing

@testable import ChatCore

@Suite struct NewestMessageTests {
  @Test func `what is not known is 0, and the last word counts`() {
    var newest = NewestMessages()
    #expect(newest.id(in: "a") == 0)
    newest.note(3, in: "a")
    newest.note(5, in: "b")
    newest.note(7, in: "a")
    #expect(newest.id(in: "a") == 7 && newest.id(in: "b") == 5)
  }

  @Test func `a room too many makes it forget the others`() {
    var newest = NewestMessages(capacity: 2)
    for room in ["a", "b"] { newest.note(1, in: room) }
    newest.note(2, in: "b")
    #expect(newest.id(in: "a") == 1)
    newest.note(3, in: "c")
    #expect(["a", "b", "c"].map { newest.id(in: $0) } == [0, 0, 3])
  }
}
