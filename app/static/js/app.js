// Everything works without this file; it saves people waiting, losing work and pressing twice.
import { saveAnswers } from "./autosave.js";
import { askBeforeLeaving, focusErrors, revealPasswords, sendOnce } from "./forms.js";
import { closeMenus } from "./menus.js";
import { offerCopies } from "./copy.js";
import { selectAllRows } from "./tables.js";
import { switchTheme } from "./theme.js";

focusErrors();
saveAnswers();
switchTheme();
askBeforeLeaving();
sendOnce();
revealPasswords();
closeMenus();
offerCopies();
selectAllRows();
