import Testing

@testable import HTTP

struct ValueTests {
  @Test(arguments: [
    ("plain", "plain"), ("a%20b", "a b"), ("%C3%A9", "é"), ("a+b", "a+b"), ("", ""), ("%2F", "/"),
  ])
  func `a path segment decodes`(_ raw: String, _ decoded: String) {
    #expect(PercentCoding.decodePathSegment(raw[...]) == decoded)
  }

  @Test(arguments: ["%", "%4", "%zz", "%00", "%C3", "%C3%28", "%ED%A0%80", "a%"])
  func `a segment with a broken escape, a NUL or no UTF-8 does not decode`(_ raw: String) {
    #expect(PercentCoding.decodePathSegment(raw[...]) == nil)
  }

  @Test func `pairs decode as a browser's would`() {
    let pairs = PercentCoding.decodePairs("a=1&b=x+y%21&&c&d=%zz%4&=e&f=g=h")
    #expect(pairs.map(\.name) == ["a", "b", "c", "d", "", "f"])
    #expect(pairs.map(\.value) == ["1", "x y!", "", "%zz%4", "e", "g=h"])
  }

  @Test(
    arguments: [
      ("/a/b", "/a/b", nil), ("/a?b=c?d", "/a", "b=c?d"), ("/?", "/", ""), ("http://host:80/x?y", "/x", "y"),
      ("http://host", "/", nil), ("*", "*", nil), ("", "", nil), ("https://h/", "/", nil),
    ] as [(String, String, String?)]
  )
  func `a target splits into path and query`(_ target: String, _ path: String, _ query: String?) {
    let head = HTTPRequestHead(method: .get, target: target)
    #expect(head.path == path)
    #expect(head.query == query)
  }

  @Test func `headers are found whatever their case, and none that are not there`() {
    #expect(HTTPHeaders([("a", "b c \t ")]).first("a") == "b c" && HTTPHeaders([("a", " ")]).first("a") == "")
    let headers = HTTPHeaders([("Content-Type", "a"), ("X", "1"), ("x", "2"), ("[", "no")])
    #expect(headers.first("content-TYPE") == "a")
    #expect(headers.all("X") == ["1", "2"])
    #expect(headers.first("content-typ") == nil)
    #expect(headers.first("{") == nil)
    #expect(headers.pairs.map(\.value) == ["a", "1", "2", "no"])
  }

  @Test func `a body has one length, or chunks, or the request is ambiguous`() {
    #expect(RequestFraming(HTTPHeaders()) == .none)
    #expect(RequestFraming(HTTPHeaders([("content-length", "0")])) == .none)
    #expect(RequestFraming(HTTPHeaders([("content-length", "12")])) == .length(12))
    #expect(RequestFraming(HTTPHeaders([("Transfer-Encoding", "Chunked")])) == .chunked)
    #expect(RequestFraming(HTTPHeaders([("Transfer-Encoding", "gzip")])) == .ambiguous)
    #expect(RequestFraming(HTTPHeaders([("Transfer-Encoding", "chunked"), ("Content-Length", "1")])) == .ambiguous)
    #expect(RequestFraming(HTTPHeaders([("Content-Length", "1"), ("Content-Length", "1")])) == .ambiguous)
    #expect(RequestFraming(HTTPHeaders([("Content-Length", "99999999999999999999")])) == .ambiguous)
  }

  @Test func `an answer written past the library has no header that was not meant`() {
    let response = HTTPResponse(status: 413, headers: [("A", "b"), ("Bad", "x\r\nY: z"), ("", "c")])
    let lines = PlainAnswer.head(response, length: 7).split(separator: "\r\n").filter { !$0.hasPrefix("Date: ") }
    #expect(lines.first?.hasPrefix("HTTP/1.1 413 ") == true)
    #expect(lines.dropFirst() == ["A: b", "Content-Length: 7", "Connection: close"])
  }
}
