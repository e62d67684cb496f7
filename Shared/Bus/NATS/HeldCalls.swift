import JSON
import Wire

/// Calls by where their answers go: a caller asks a copy about them, and the copy says which of them it has in hand.
struct HeldCalls: Equatable {
  /// What the subjects of their answers begin with.
  let replies: String
  let ids: [Int]

  init(replies: String, ids: [Int]) {
    self.replies = replies
    self.ids = ids
  }

  init(json: RawJSON) throws(JSONFault) {
    var (replies, ids): (String?, [Int]) = (nil, [])
    var scanner = JSONScanner(json.bytes)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if scanner.matches(name, "replies") {
        replies = try scanner.string()
      } else if scanner.matches(name, "ids") {
        try scanner.readElements { (scanner) throws(JSONFault) in ids.append(try scanner.int()) }
      } else {
        try scanner.skipValue()
      }
    }
    guard let replies else { throw JSONFault(.type, at: 0) }
    self.init(replies: replies, ids: ids)
  }

  var json: RawJSON {
    .object { writer in
      writer.member("replies", replies)
      writer.name("ids")
      writer.beginArray()
      for id in ids { writer.int(id) }
      writer.endArray()
    }
  }

  func subject(of id: Int) -> String { "\(replies).\(id)" }
}
