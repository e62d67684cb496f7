import Kit
import Loop
import Settings
import Testing

extension LiveCounterTests {
  /// livecounter.md 7.22 with a real browser and Socket.IO's own client, of the old page's generation and the current one.
  @Suite @LoopActor struct LiveBrowserTests {
    @Test(arguments: CounterPage.Bundle.allCases)
    func `livecounter 7.22: a page in a browser connects, upgrades, counts, and survives the end of its gateway`(
      bundle: CounterPage.Bundle
    ) async throws {
      try await withCounter { stack in
        try await CounterPage.with(bundle, of: stack) { page in
          try await firstVisit(page)
          #expect(try await stack.stat("click_count_total") == 2)
          try await othersActs(page, stack)
          let before = page.browser.lines.count
          stack.kill(.gateway)
          _ = try await stack.daemon(.gateway).process.ended()
          let lost = try await page.says(#"["disconnect"]"#, from: before)
          try await stack.start(.gateway)
          try await secondVisit(page, from: lost)
          #expect(try await stack.stat("click_count_total") == 4)
        }
      }
    }

    private func firstVisit(_ page: CounterPage) async throws {
      let open = try await page.says(#"["open","polling"]"#)
      try await page.says(#"["upgrade","websocket"]"#, from: open)
      let connected = try await page.says(#"["connect"]"#)
      try await page.says(#"["stats",0,0]"#, from: connected)
      try await page.says(#"["status",1]"#, from: connected)
      var line = try await page.says(#"["message","toast","Ann ist beigetreten.","medium highlight"]"#, from: connected)
      line = try await page.says(#"["click","Ann",null,null,1,1]"#, from: line)
      line = try await page.says(
        #"["message","toast","Ann hat sich umbenannt zu Anna.","medium highlight"]"#,
        from: line
      )
      try await page.says(#"["click","Anna","😀 é","fire green",2,2]"#, from: line)
    }

    /// What somebody else does shows on the page as well.
    private func othersActs(_ page: CounterPage, _ stack: Stack) async throws {
      let start = page.browser.lines.count
      let other = try await CounterClient.connect(stack)
      try await page.says(#"["status",2]"#, from: start)
      other.send(#"42["click",{"user":"Otto","comment":"<b>hi</b>"}]"#)
      try await page.says(#"["click","Otto","<b>hi</b>",null,3,3]"#, from: start)
      other.send(#"42["event",{"user":"Otto","name":"einstein"}]"#)
      try await page.says(#"["message","toast","Otto triggered einstein!","medium highlight"]"#, from: start)
      try await page.says(#"["event","Otto","einstein"]"#, from: start)
      try await page.says(#"["current",3,1]"#, from: start)
      other.close()
      let gone = try await page.says(#"["message","toast","Otto hat verlassen.","medium highlight"]"#, from: start)
      try await page.says(#"["status",1]"#, from: gone)
    }

    private func secondVisit(_ page: CounterPage, from lost: Int) async throws {
      let open = try await page.says(#"["open","polling"]"#, from: lost)
      try await page.says(#"["upgrade","websocket"]"#, from: open)
      let connected = try await page.says(#"["connect"]"#, from: lost)
      try await page.says(#"["stats",3,3]"#, from: connected)
      let joined = try await page.says(#"["message","toast","Anna ist beigetreten."#, from: connected)
      try await page.says(#"["click","Anna",null,null,4,4]"#, from: joined)
    }
  }
}
