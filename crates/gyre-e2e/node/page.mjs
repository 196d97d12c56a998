// Signs in as the first admin and prints, as JSON, what the page says in each named region, as a person
// reads it in Chromium.
// Arguments: the server, the token of its folder, the path of the page, the regions' names as JSON.
import { chromium } from "playwright-core";

const [server, token, path, regions] = process.argv.slice(2);
const executablePath = process.env.GYRE_CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage();
page.setDefaultTimeout(120_000);
const made = await page.request.post(`${server}/v1/setup`, { data: { token, name: "ada", password: "correct horse battery" } });
if (!made.ok()) throw new Error(await made.text());
await page.goto(server + path);
const said = {};
for (const name of JSON.parse(regions)) {
  said[name] = await page.getByRole("region", { name, exact: true }).first().locator("p.text-2xl").first().innerText();
}
console.log(JSON.stringify(said));
await browser.close();
