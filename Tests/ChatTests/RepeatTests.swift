import Postgres
import Testing
import Time

@testable import ChatCore

@Suite struct RepeatTests {
  private func post(_ text: String, key: String?, in room: String = "r", by sender: Int = 1) -> Post {
    let id = UUIDValue("00000000-0000-4000-8000-00000000000\(sender)")!
    return Post(room: room, sender: id, text: text, sentAt: Timestamp(seconds: 1), mayEnter: true, key: key)
  }

  private func stored(_ id: Int) -> Verdict {
    Verdict(standing: .newcomer, place: .init(id: id, previous: 0, sentAt: Timestamp(seconds: 1)))
  }

  @Test func `a sender's posts of one key to one room are one`() {
    let repeats = Repeats(
      of: [
        post("a", key: "k"), post("b", key: nil), post("c", key: "k", in: "s"), post("d", key: "k", by: 2),
        post("e", key: "k"), post("f", key: nil),
      ]
    )
    #expect(repeats.posts.map(\.text) == ["a", "b", "c", "d", "f"])
    let verdicts = repeats.spread((1...5).map { stored($0) })
    #expect(verdicts.map { $0.place?.id } == [1, 2, 3, 4, 1, 5])
    #expect(verdicts.map { $0.place?.isRepeat } == [false, false, false, false, true, false])
    #expect(verdicts[4].standing == .member)
  }

  @Test func `who is refused is refused again`() {
    let repeats = Repeats(of: [post("a", key: "k"), post("a", key: "k")])
    let refusal = Verdict(standing: .outsider, place: nil)
    #expect(repeats.spread([refusal]) == [refusal, refusal])
  }

  @Test func `without keys nothing is looked for`() {
    let repeats = Repeats(of: [post("a", key: nil), post("a", key: nil)])
    #expect(repeats.posts.count == 2 && repeats.spread([stored(1), stored(2)]) == [stored(1), stored(2)])
  }
}
