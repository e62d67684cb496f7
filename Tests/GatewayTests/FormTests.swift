import HTTP
import Testing

@testable import GatewayCore

/// pictever.md 2.1: bodies of apps that encode, and of one that does not.
@Suite struct FormTests {
  private let form = Form(fields: ["message", "receiver_ids", "delivery_option", "photo_id"])

  private func values(_ body: String) -> [String: String] {
    Dictionary(form.parse(Array(body.utf8)).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  @Test func `an encoded body reads as every form does`() {
    #expect(values("message=Tom+%26+J%C3%A9r%C3%B4me&photo_id=") == ["message": "Tom & Jérôme", "photo_id": ""])
  }

  @Test func `a raw body keeps what was never encoded`() {
    let body = #"photo_id=&receiver_ids=["id1"]&message=Tom & Jerry 100%&delivery_option={ "type" : "calendar" }"#
    #expect(
      values(body) == [
        "photo_id": "", "receiver_ids": #"["id1"]"#, "message": "Tom & Jerry 100%",
        "delivery_option": #"{ "type" : "calendar" }"#,
      ]
    )
  }

  @Test func `a plus is a blank for those who encode, and a plus for those who do not`() {
    #expect(values("message=1+1&photo_id=") == ["message": "1 1", "photo_id": ""])
    let raw = #"message=1+1&receiver_ids=["num+33199001202"]"#
    #expect(values(raw) == ["message": "1+1", "receiver_ids": #"["num+33199001202"]"#])
  }

  @Test(arguments: ["%", "%4", "%zz", "%+1"])
  func `a broken escape stands for itself`(text: String) {
    #expect(values("message=\(text)")["message"] == text.replacing("+", with: " "))
  }

  @Test func `a segment of an unknown name before the first field is dropped`() {
    #expect(values("x=1&message=a&y=2") == ["message": "a&y=2"])
  }

  @Test func `bytes that are no UTF-8 do not stop the reading`() {
    let read = form.parse(Array("message=".utf8) + [0xFF, 0xFE] + Array("&photo_id=p".utf8))
    #expect(read.map(\.name) == ["message", "photo_id"])
  }

  @Test(arguments: [
    (nil, "email=a", true), ("", "email=a", true), ("", #"{"login":"a"}"#, false), (nil, "", true),
    (nil, #"{"login":"a"}"#, false),
    ("application/x-www-form-urlencoded", "email=a", true),
    // What `curl -d` says of whatever it sends.
    ("application/x-www-form-urlencoded", " \n{\"login\":\"a\"}", false),
    ("application/json", #"{"login":"a"}"#, false), ("application/json", "email=a", false),
    ("text/plain; charset=utf-8", "email=a", false),
  ])
  func `a body in braces is JSON whatever the request says of it`(type: String?, body: String, isForm: Bool) {
    let headers = HTTPHeaders(type.map { [("Content-Type", $0)] } ?? [])
    let head = HTTPRequestHead(method: .post, target: "/login", headers: headers, peer: "127.0.0.1")
    #expect(Form.isForm(HTTPRequest(head: head, body: Array(body.utf8))) == isForm)
  }
}
