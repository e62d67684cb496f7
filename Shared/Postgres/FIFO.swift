/// A queue with cheap ends: taken places are given back in bulk.
struct FIFO<Element> {
  private var storage: [Element?] = []
  private var head = 0

  var count: Int { storage.count - head }
  var isEmpty: Bool { head == storage.count }
  var first: Element? { isEmpty ? nil : storage[head] }

  mutating func append(_ element: Element) { storage.append(element) }

  mutating func popFirst() -> Element? {
    guard !isEmpty else { return nil }
    let element = storage[head]
    storage[head] = nil
    head += 1
    if head == storage.count {
      storage.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 256, head * 2 > storage.count {
      storage.removeFirst(head)
      head = 0
    }
    return element
  }

  mutating func removeAll(where unwanted: (Element) -> Bool) {
    storage = storage[head...].filter { $0.map { !unwanted($0) } ?? false }
    head = 0
  }

  func forEach(_ body: (Element) -> Void) {
    for element in storage[head...] { if let element { body(element) } }
  }
}
