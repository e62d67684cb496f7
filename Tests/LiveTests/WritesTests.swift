import Testing
import Time

@testable import LiveCore

@Suite struct WritesTests {
  @Test func `an unlisted event counts in the hour and nowhere else`() {
    var writes = Writes(at: Timestamp(seconds: 0))
    #expect(writes.isEmpty)
    let seat = SeatID(gateway: 7, connection: 1)
    writes.add(Deed(kind: .event(.rickroll), user: "Ann", seat: seat))
    #expect(writes.tally == Tally(events: 1))
    #expect(writes.events.isEmpty && writes.people.isEmpty)
    writes.add(Deed(kind: .event(.pride), user: "Ann", seat: seat))
    writes.add(Deed(kind: .click(comment: nil, style: nil, number: 4), user: "Ann", seat: seat))
    #expect(writes.people == ["Ann": Tally(clicks: 1, events: 1)])
    #expect(writes.count == 3)
    #expect(writes.clicks.map(\.number) == [4])
    #expect(writes.events.map(\.name) == ["pride"])
  }
}
