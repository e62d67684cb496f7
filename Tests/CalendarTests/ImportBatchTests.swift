import Testing

@testable import CalendarCore

@Suite struct ImportBatchTests {
  @Test(arguments: [(0, []), (1, [1]), (499, [499]), (500, [500]), (501, [500, 1]), (1001, [500, 500, 1])])
  func `batches are full but for the last`(count: Int, sizes: [Int]) {
    let batches = Array(0..<count).batches(of: 500)
    #expect(batches.map(\.count) == sizes)
    #expect(batches.flatMap { $0 } == Array(0..<count))
  }

  @Test func `each key stands where it came first, with what came later added`() {
    let merged = ["b1", "a1", "b2", "c1", "b3"].merged(by: \.first) { $0 += $1 }
    #expect(merged == ["b1b2b3", "a1", "c1"])
    #expect([String]().merged(by: \.first) { $0 += $1 } == [])
  }

  @Test func `a row's list is the slice between its two places, counted from one`() {
    let column = ListColumn([["a"], [], ["b", "c"], []])
    #expect(column.flat == ["a", "b", "c"])
    #expect(column.first == [1, 2, 2, 4])
    #expect(column.last == [1, 1, 3, 3])
  }
}
