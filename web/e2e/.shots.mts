import { chromium } from "@playwright/test";
import { Mock, sampleDuty } from "./mock";
const only = process.argv[2];
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args:["--no-sandbox","--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"] });
const out="/tmp/shots"; 
async function shot(name, {lang="zh-CN", scheme="light", duty=sampleDuty({english:lang==="en"}), mood="good", act=async(p,m)=>{}, full=true}={}) {
  if (only && !name.includes(only)) return;
  const m = new Mock(duty); m.lang=lang as any; m.mood="good";
  const url = await m.start();
  const c = await b.newContext({ viewport:{width:390,height:844}, deviceScaleFactor:1, hasTouch:true, isMobile:true, colorScheme: scheme as any, locale: lang, timezoneId:"Asia/Shanghai" });
  const p = await c.newPage();
  p.on("console", x=>{ if(x.type()==="error") console.log(name, x.text()) }); p.on("pageerror", e=>console.log(name,"ERR",e.message));
  if(mood!=="good") m.mood=mood as any;
  if(mood==="offline"||mood==="error"||mood==="busy") {}
  await p.goto(url+"/field"); await p.waitForTimeout(500);
  await act(p,m,c); await p.waitForTimeout(350);
  await p.screenshot({path:`${out}/${name}.png`, fullPage:full});
  await c.close(); await m.stop();
}
const L=(l)=>l==="en";
for (const lang of ["zh-CN","en"]) for (const scheme of ["light","dark"]) {
  const n=`${lang}-${scheme}`;
  await shot(`${n}-1start`,{lang,scheme});
  await shot(`${n}-2in`,{lang,scheme,act:async(p,m,c)=>{ await p.click(".huge.in"); await p.waitForTimeout(300); for(let i=0;i<4;i++) await p.click(".stepper:nth-child(1) .step:nth-of-type(2)"); await c.setOffline(true); await p.waitForTimeout(1700); await p.click(".stepper:nth-child(1) .record"); await p.waitForTimeout(500);} });
}
await shot("zh-leader",{duty:sampleDuty({leader:true}),act:async(p,m,c)=>{await c.setOffline(true); await p.click(".people li:nth-child(3) button")}});
await shot("en-leader",{lang:"en",duty:sampleDuty({leader:true,english:true})});
await shot("zh-empty",{duty:sampleDuty({shifts:false})});
await shot("zh-nodata",{mood:"error"});
await shot("zh-refused",{act:async(p,m)=>{m.mood="reject";await p.click(".huge.in");await p.waitForTimeout(800)}});
await shot("zh-signedout",{act:async(p,m)=>{m.mood="signed-out";await p.click(".huge.in");await p.waitForTimeout(800)}});
await shot("zh-large",{act:async(p,m)=>{await p.click("[data-key=large]");await p.click(".huge.in");await p.waitForTimeout(11000)}});
await shot("zh-full",{act:async(p,m)=>{await p.evaluate(()=>{IDBObjectStore.prototype.add=()=>{throw new DOMException("x","QuotaExceededError")}});await p.click(".huge.in");}});
await shot("zh-out",{act:async(p,m)=>{await p.click(".huge.in");await p.waitForTimeout(1700);await p.click(".huge.out");}});
await b.close();
