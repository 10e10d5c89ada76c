/** The lane's sentences. zh-CN first, en complete: the type makes a missing one an error. */

import type { PersonRefusal, TubeRefusal } from "./tubes";

const zh = {
  title: "采样通道",
  back: "返回班次",
  loading: "正在打开名单…",
  none: "现在没有您值守的采样通道，或第一次打开需要联网。",
  sampled: (n: number, all: number) => `本机已采 ${n} 人，全部 ${all} 人`,
  tube: "扫或输入试管编号",
  capacity: (n: number) => (n === 0 ? "一户一管" : `${n} 人`),
  begin: "用这支试管",
  filled: (taken: number, capacity: number) => (capacity === 0 ? `${taken} 人` : `${taken} / ${capacity}`),
  who: "扫出入证；或卡号、姓名、房号、手机或身份证尾号",
  nobody: "名单里没有。可以登记后照采。",
  stranger: "不在名单，登记",
  name: "姓名",
  phone: "手机",
  missing: "请填写",
  take: "已采",
  cancel: "取消",
  seal: "封管",
  sealed: (code: string) => `${code} 已封`,
  box: "放入箱号（可不填）",
  done: (name: string) => `${name} 已采`,
  hands: "请手消毒，再请下一位",
  scan: "扫码",
  scanStop: "关闭相机",
  scanNo: "相机打不开，请输入。",
  undo: "撤销上一位",
  undoReason: "采样通道撤销",
  undone: "已撤销",
  badPass: "这不是本社区有效的出入证，请按姓名找。",
  wrongTube: (code: string) => `扫到的是试管 ${code}，这一管还没有封。`,
  tubeWhy: {
    bad: "试管编号不对：6 到 20 位字母和数字。",
    sealed: "这支试管已经封了，请换一支。",
    elsewhere: "这支试管在别的通道用着，请换一支。",
    full: "这支试管已经满了，请换一支。",
  } satisfies Record<TubeRefusal, string>,
  personWhy: {
    already: "这个人这一轮已经采过了。",
    full: "这支试管满了，请先封管。",
    household: "一户一管：这个人不是同一户。",
  } satisfies Record<PersonRefusal, string>,
};

export type LaneTexts = Omit<typeof zh, "tubeWhy" | "personWhy"> & {
  tubeWhy: Record<TubeRefusal, string>;
  personWhy: Record<PersonRefusal, string>;
};

const en: LaneTexts = {
  title: "Sampling lane",
  back: "Back to shifts",
  loading: "Opening the list…",
  none: "There is no lane for you now, or the first opening needs a network.",
  sampled: (n, all) => `${n} on this phone, ${all} on the list`,
  tube: "Scan or type the tube",
  capacity: (n) => (n === 0 ? "a household" : `${n} people`),
  begin: "Use this tube",
  filled: (taken, capacity) => (capacity === 0 ? `${taken} people` : `${taken} / ${capacity}`),
  who: "Scan the pass; or card, name, flat, end of phone or identity number",
  nobody: "Not on the list. You may register and sample them all the same.",
  stranger: "Not on the list: register",
  name: "Name",
  phone: "Telephone",
  missing: "Please fill in",
  take: "Sampled",
  cancel: "Cancel",
  seal: "Close the tube",
  sealed: (code) => `${code} closed`,
  box: "Into box (optional)",
  done: (name) => `${name} sampled`,
  hands: "Disinfect your hands, then the next person",
  scan: "Scan",
  scanStop: "Close the camera",
  scanNo: "The camera cannot be opened; please type.",
  undo: "Take back the last one",
  undoReason: "Taken back at the lane",
  undone: "Taken back",
  badPass: "This is no valid pass of this community; please look for the name.",
  wrongTube: (code) => `That was tube ${code}; this one is still open.`,
  tubeWhy: {
    bad: "This is no code of a tube: 6 to 20 letters and digits.",
    sealed: "This tube is closed; take another.",
    elsewhere: "This tube is in use at another lane; take another.",
    full: "This tube is full; take another.",
  },
  personWhy: {
    already: "This person has been sampled on this round.",
    full: "This tube is full; close it first.",
    household: "One tube a household: this person lives elsewhere.",
  },
};

export const laneTexts = (lang: string): LaneTexts => (lang.startsWith("en") ? en : zh);
