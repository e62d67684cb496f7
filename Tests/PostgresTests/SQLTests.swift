import Testing

@testable import Postgres

struct SQLTests {
  @Test func `values leave the text and get numbers`() {
    let sql: SQL = "SELECT \(1), \("x") FROM \(unescaped: "stats.session") WHERE id = \(Bytea([7]))"
    #expect(sql.text == "SELECT $1, $2 FROM stats.session WHERE id = $3")
    #expect(sql.parameters.types == [20, 0, 17])
    #expect(sql.parameters.bytes == [0, 0, 0, 0, 0, 0, 0, 1, UInt8(ascii: "x"), 0, 7])
    #expect(sql.parameters.slots.map(\.length) == [8, 1, 1])
  }

  @Test func `a statement written once takes values of any kind`() {
    let sql = SQL(Statement(label: "stats.store", "SELECT $1, $2"), true, Int?.none)
    #expect(sql.text == "/* carillon:stats.store */ SELECT $1, $2")
    #expect(sql.parameters.types == [16, 20])
    #expect(sql.parameters.slots.map(\.length) == [1, -1])
  }

  @Test func `a text with the character 0 cannot be sent`() {
    #expect(SQL("SELECT \("a\0")").refusal?.kind == .state("22021"))
    #expect(SQL("SELECT \("a")").refusal == nil)
  }

  @Test(arguments: [
    "", "0123456789abcdef0123456789abcdef", "g0000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-00000000000é", "00000000-0000-0000-0000-0000000000000",
  ])
  func `what is no uuid reads as none`(_ text: String) {
    #expect(UUIDValue(text) == nil)
  }

  @Test func `a uuid is written in lower case`() {
    #expect(UUIDValue("ABCDEF01-2345-6789-abcd-ef0123456789")?.description == "abcdef01-2345-6789-abcd-ef0123456789")
  }
}
