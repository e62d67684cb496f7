import Outgoing
import Testing

struct PercentEncodedTests {
  @Test func `all but unreserved characters is escaped`() {
    #expect("a b/ü?&=%+~._-0".percentEncoded == "a%20b%2F%C3%BC%3F%26%3D%25%2B~._-0")
    #expect("\u{1}\u{7F}".percentEncoded == "%01%7F")
  }
}
